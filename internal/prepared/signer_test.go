package prepared_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/internal/prepared"
)

// TestSigner_signs_as_the_SDK compares the headers of requests of all kinds.
func TestSigner_signs_as_the_SDK(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 4, 5, 23, 59, 59, 0, time.FixedZone("", 3600))
	sdk := v4.NewSigner()
	own := prepared.SignerFor(sdk, 0)
	for name, change := range map[string]func(*http.Request){
		"plain":            func(*http.Request) {},
		"no body":          func(r *http.Request) { r.ContentLength = 0 },
		"an address":       func(r *http.Request) { r.URL.Host, r.Host = "127.0.0.1:8000", "" },
		"a default port":   func(r *http.Request) { r.URL.Host, r.Host = "host:443", "" },
		"a path":           func(r *http.Request) { r.URL.Path = "/a b/c" },
		"no path":          func(r *http.Request) { r.URL.Path = "" },
		"two slashes":      func(r *http.Request) { r.URL.Path = "//" },
		"a query":          func(r *http.Request) { r.URL.RawQuery = "b=1&a=2" },
		"spaces":           func(r *http.Request) { r.Header.Set("X-Amz-Meta", "  a   b ") },
		"two values":       func(r *http.Request) { r.Header["X-Amz-Meta"] = []string{"a", "b"} },
		"an unusual name":  func(r *http.Request) { r.Header.Set("x-UNUSUAL", "1") },
		"unsigned headers": func(r *http.Request) { r.Header.Set("X-Amzn-Trace-Id", "t"); r.Header.Set("Expect", "x") },
		"signed before":    func(r *http.Request) { r.Header.Set("Authorization", "old"); r.Header.Set("X-Amz-Date", "old") },
		"a length":         func(r *http.Request) { r.Header.Set("Content-Length", "2") },
	} {
		for _, by := range []aws.Credentials{
			{AccessKeyID: "AKID", SecretAccessKey: "secret"}, {AccessKeyID: "AKID1", SecretAccessKey: "other"},
			{AccessKeyID: "AKID2", SecretAccessKey: "secret", SessionToken: strings.Repeat("token/", 100)},
		} {
			for _, region := range []string{"us-east-1", "eu-west-1"} {
				sign := func(s v4.HTTPSigner) http.Header {
					r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, "https://dynamodb.us-east-1.amazonaws.com/", strings.NewReader("{}"))
					if err != nil {
						t.Fatal(err)
					}
					r.Header = http.Header{"Content-Type": {"application/x-amz-json-1.0"}, "X-Amz-Target": {"DynamoDB_20120810.PutItem"}, "User-Agent": {"a"}, "Amz-Sdk-Invocation-Id": {"i"}}
					change(r)
					if err := s.SignHTTP(t.Context(), by, r, strings.Repeat("0", 64), "dynamodb", region, at); err != nil {
						t.Fatal(err)
					}
					return r.Header
				}
				if diff := cmp.Diff(sign(sdk), sign(own)); diff != "" {
					t.Errorf("%s, %s, %s (-SDK +own):\n%s", name, by.AccessKeyID, region, diff)
				}
			}
		}
	}
}

func TestSignerFor_keeps_others(t *testing.T) {
	t.Parallel()
	sdk := v4.NewSigner()
	if prepared.SignerFor(sdk, aws.LogSigning) != v4.HTTPSigner(sdk) {
		t.Error("a signer that logs is replaced")
	}
	own := &otherSigner{}
	if prepared.SignerFor(own, 0) != v4.HTTPSigner(own) {
		t.Error("the user's signer is replaced")
	}
}

type otherSigner struct{ v4.HTTPSigner }
