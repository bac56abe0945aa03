package prepared

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// Signer signs requests as the SDK's signer does, with a fraction of its garbage, if they are
// like those to DynamoDB and SQS: to the path /, without a query. Other requests are left to
// the SDK's.
type Signer struct {
	sdk *v4.Signer
	key atomic.Pointer[signingKey] // the last: of one client, it changes once a day, or with its credentials
}

// SignerFor returns a signer for a client's requests: the given one, unless it is the SDK's
// and logs nothing.
func SignerFor(given v4.HTTPSigner, logged aws.ClientLogMode) v4.HTTPSigner {
	if sdk, ok := given.(*v4.Signer); ok && !logged.IsSigning() {
		return &Signer{sdk: sdk}
	}
	return given
}

// String tells nothing of its keys.
func (*Signer) String() string { return "signer" }

// SignHTTP sets the headers of a signed request.
func (s *Signer) SignHTTP(ctx context.Context, by aws.Credentials, r *http.Request, payloadHash, service, region string, at time.Time, options ...func(*v4.SignerOptions)) error {
	at = at.UTC()
	r.Header["X-Amz-Date"] = []string{at.Format("20060102T150405Z")}
	if by.SessionToken != "" {
		r.Header["X-Amz-Security-Token"] = []string{by.SessionToken}
	}
	var space [16]header
	headers, ok := headersOf(r, space[:0])
	if !ok {
		return s.sdk.SignHTTP(ctx, by, r, payloadHash, service, region, at, options...)
	}
	key := s.keyOf(keyScope{by.AccessKeyID, by.SecretAccessKey, at.Format("20060102"), region, service})
	buffer := buffers.Get().(*[]byte)
	text := append((*buffer)[:0], r.Method+"\n/\n\n"...)
	for _, h := range headers {
		text = append(append(append(append(text, h.name...), ':'), h.value...), '\n')
	}
	text = append(text, '\n')
	begin := len(text)
	for i, h := range headers {
		if i > 0 {
			text = append(text, ';')
		}
		text = append(text, h.name...)
	}
	names := string(text[begin:])
	text = append(append(text, '\n'), payloadHash...)
	request := sha256.Sum256(text)
	text = append(text[:0], "AWS4-HMAC-SHA256\n"+r.Header["X-Amz-Date"][0]+"\n"+key.credential+"\n"...)
	text = hex.AppendEncode(text, request[:])
	r.Header["Authorization"] = []string{"AWS4-HMAC-SHA256 Credential=" + by.AccessKeyID + "/" + key.credential + ", SignedHeaders=" + names + ", Signature=" + key.sign(text)}
	*buffer = text
	buffers.Put(buffer)
	return nil
}

var buffers = sync.Pool{New: func() any { return new([]byte) }}

// header is a header of a request, with its name in lower case.
type header struct{ name, value string }

// unsigned are the headers that others may change on their way.
var unsigned = map[string]bool{"Authorization": true, "User-Agent": true, "X-Amzn-Trace-Id": true, "Expect": true, "Transfer-Encoding": true, "Content-Length": true}

// headersOf returns the signed headers of a request, in their order; false if it is not of
// the plain kind.
func headersOf(r *http.Request, headers []header) ([]header, bool) {
	host := cmp.Or(r.Host, r.URL.Host)
	if r.URL.RawQuery != "" || r.URL.ForceQuery || r.URL.Opaque != "" || strings.Trim(r.URL.Path+r.URL.RawPath, "/") != "" ||
		len(r.URL.Path) > 1 || strings.HasSuffix(host, ":443") || strings.HasSuffix(host, ":80") {
		return nil, false
	}
	headers = append(headers, header{"host", host})
	if r.ContentLength > 0 {
		headers = append(headers, header{"content-length", strconv.FormatInt(r.ContentLength, 10)})
	}
	for name, values := range r.Header {
		if unsigned[name] {
			continue
		}
		if len(values) != 1 || strings.TrimSpace(values[0]) != values[0] || strings.Contains(values[0], "  ") {
			return nil, false
		}
		headers = append(headers, header{lower(name), values[0]})
	}
	slices.SortFunc(headers, func(a, b header) int { return strings.Compare(a.name, b.name) })
	return headers, true
}

// lowered are the names of headers that every request has.
var lowered = map[string]string{
	"Accept-Encoding": "accept-encoding", "Amz-Sdk-Invocation-Id": "amz-sdk-invocation-id", "Amz-Sdk-Request": "amz-sdk-request",
	"Content-Type": "content-type", "X-Amz-Date": "x-amz-date", "X-Amz-Security-Token": "x-amz-security-token", "X-Amz-Target": "x-amz-target",
}

func lower(name string) string {
	if known, ok := lowered[name]; ok {
		return known
	}
	return strings.ToLower(name)
}

// keyScope is what a signing key is derived from.
type keyScope struct{ id, secret, day, region, service string }

// signingKey is a derived key, with hashes that hold it.
type signingKey struct {
	scope      keyScope
	credential string
	hashes     sync.Pool
}

func (s *Signer) keyOf(scope keyScope) *signingKey {
	if key := s.key.Load(); key != nil && key.scope == scope {
		return key
	}
	derived := []byte("AWS4" + scope.secret)
	for _, part := range []string{scope.day, scope.region, scope.service, "aws4_request"} {
		mac := hmac.New(sha256.New, derived)
		mac.Write([]byte(part))
		derived = mac.Sum(nil)
	}
	key := &signingKey{scope: scope, credential: scope.day + "/" + scope.region + "/" + scope.service + "/aws4_request"}
	key.hashes.New = func() any { return hmac.New(sha256.New, derived) }
	s.key.Store(key)
	return key
}

// sign returns the signature of a text.
func (k *signingKey) sign(text []byte) string {
	mac := k.hashes.Get().(hash.Hash)
	defer k.hashes.Put(mac)
	mac.Reset()
	mac.Write(text)
	var sum [sha256.Size]byte
	return hex.EncodeToString(mac.Sum(sum[:0]))
}
