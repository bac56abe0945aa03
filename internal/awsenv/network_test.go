package awsenv_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// internet is a proxy behind which every host of AWS answers, with a certificate of an
// authority of its own.
type internet struct {
	proxy, bundle string // its URL, and the file with the authority

	mu    sync.Mutex
	asked []string // hosts, as the proxy and as the servers were asked
}

func (i *internet) note(host string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if !slices.Contains(i.asked, host) {
		i.asked = append(i.asked, host)
	}
}

func newInternet(t *testing.T) *internet {
	t.Helper()
	i := &internet{bundle: filepath.Join(t.TempDir(), "bundle.pem")}
	authority, key := certify(t, &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}, nil, nil)
	if err := os.WriteFile(i.bundle, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: authority.Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	aws := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		i.note(r.Host)
		w.Header().Set("X-Amzn-ErrorType", "AccessDeniedException")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"__type":"AccessDeniedException"}`) // the probe prints it
	}))
	aws.TLS = &tls.Config{GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		leaf, leafKey := certify(t, &x509.Certificate{DNSNames: []string{hello.ServerName}}, authority, key)
		return &tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: leafKey}, nil
	}}
	aws.Config.ErrorLog = log.New(io.Discard, "", 0) // clients that do not trust it
	aws.StartTLS()
	t.Cleanup(aws.Close)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		i.note("proxy for " + r.Host)
		tunnel(w, aws.Listener.Addr().String())
	}))
	t.Cleanup(proxy.Close)
	i.proxy = proxy.URL
	return i
}

// certify signs a certificate, with its own key if there is no authority.
func certify(t *testing.T, template, authority *x509.Certificate, by *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Error(err)
		return &x509.Certificate{}, key
	}
	template.SerialNumber, template.NotAfter = big.NewInt(1), time.Now().Add(time.Hour)
	if authority == nil {
		authority, by = template, key
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, authority, key.Public(), by)
	if err != nil {
		t.Error(err)
		return &x509.Certificate{}, key
	}
	certificate, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Error(err)
	}
	return certificate, key
}

// tunnel connects the client of a proxy with a server.
func tunnel(w http.ResponseWriter, address string) {
	server, err := net.Dial("tcp", address)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	client, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		_ = server.Close()
		return
	}
	_, _ = io.WriteString(client, "HTTP/1.1 200 OK\r\n\r\n") // else the copies end
	go func() { _, _ = io.Copy(server, client); _ = server.Close() }()
	_, _ = io.Copy(client, server)
	_ = client.Close()
}

// Every client asks the hosts that the environment says, through its proxy, and trusts
// its certificates: those of the functions as those of flowctl.
func TestNetworks(t *testing.T) {
	t.Parallel()
	through := func(hosts ...string) (asked []string) {
		for _, host := range hosts {
			asked = append(asked, "proxy for "+host+":443", host)
		}
		return asked
	}
	regional := through("dynamodb.us-east-1.amazonaws.com", "sqs.us-east-1.amazonaws.com", "lambda.us-east-1.amazonaws.com", "secretsmanager.us-east-1.amazonaws.com", "ssm.us-east-1.amazonaws.com")
	fips := through("dynamodb-fips.us-east-1.amazonaws.com", "sqs-fips.us-east-1.amazonaws.com", "lambda-fips.us-east-1.amazonaws.com", "secretsmanager-fips.us-east-1.amazonaws.com", "ssm-fips.us-east-1.amazonaws.com")
	for name, test := range map[string]struct {
		vars []string
		want []string
	}{
		"nothing":     {nil, regional},
		"fips":        {[]string{"AWS_USE_FIPS_ENDPOINT=true"}, fips},
		"dual stack":  {[]string{"AWS_USE_DUALSTACK_ENDPOINT=true"}, through("dynamodb.us-east-1.api.aws", "sqs.us-east-1.api.aws", "lambda.us-east-1.api.aws", "secretsmanager.us-east-1.amazonaws.com", "ssm.us-east-1.api.aws")},
		"one address": {[]string{"AWS_ENDPOINT_URL=https://vpce.example"}, through("vpce.example")},
		"addresses": {
			[]string{"AWS_ENDPOINT_URL=https://vpce.example", "AWS_ENDPOINT_URL_DYNAMODB=https://d.example", "AWS_ENDPOINT_URL_SQS=https://q.example", "AWS_ENDPOINT_URL_LAMBDA=https://l.example/", "AWS_ENDPOINT_URL_SECRETS_MANAGER=https://s.example", "AWS_ENDPOINT_URL_SSM=https://p.example"},
			through("d.example", "q.example", "l.example", "s.example", "p.example"),
		},
		"ignored":  {[]string{"AWS_ENDPOINT_URL=https://vpce.example", "AWS_ENDPOINT_URL_SSM=https://p.example", "AWS_ENDPOINT_URL_DYNAMODB=https://d.example", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true"}, regional},
		"no proxy": {[]string{"AWS_ENDPOINT_URL=https://vpce.invalid", "NO_PROXY=vpce.invalid"}, nil},
		"no trust": {[]string{"AWS_CA_BUNDLE="}, slices.DeleteFunc(slices.Clone(regional), func(host string) bool { return !strings.HasPrefix(host, "proxy ") })},
	} {
		for caller := range loaders {
			t.Run(name+" "+caller, func(t *testing.T) {
				t.Parallel()
				i := newInternet(t)
				probe := exec.CommandContext(t.Context(), os.Args[0])
				probe.Env = append([]string{
					program + "=" + caller, "HTTPS_PROXY=" + i.proxy, "AWS_CA_BUNDLE=" + i.bundle, "AWS_MAX_ATTEMPTS=1", "HOME=" + t.TempDir(),
					"AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=AKID", "AWS_SECRET_ACCESS_KEY=SECRET", "AWS_EC2_METADATA_DISABLED=true",
				}, test.vars...)
				out, err := probe.CombinedOutput()
				if err != nil || bytes.Count(out, []byte("\n")) < 5 {
					t.Fatalf("%v\n%s", err, out)
				}
				i.mu.Lock()
				defer i.mu.Unlock()
				if diff := cmp.Diff(test.want, i.asked); diff != "" {
					t.Errorf("hosts (-want +got):\n%s\n%s", diff, out)
				}
			})
		}
	}
}
