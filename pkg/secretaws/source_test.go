package secretaws_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/secret"
	"github.com/flowcraft-go/flowcraft/pkg/secretaws"
)

func TestRead(t *testing.T) {
	t.Parallel()
	const arn = "arn:aws:secretsmanager:us-west-2:123456789012:secret:shop-AbCdEf"
	for name, test := range map[string]struct {
		target, body, scope string // of the request
		status              int
		answer, want        string
		permanent           bool
	}{
		"shop#key":   {"secretsmanager.GetSecretValue", `{"SecretId":"shop"}`, "/eu-central-1/secretsmanager/", 200, `{"SecretString":"{\"key\":\"s3cret\"}"}`, `{"key":"s3cret"}`, false},
		arn:          {"secretsmanager.GetSecretValue", `{"SecretId":"` + arn + `"}`, "/us-west-2/secretsmanager/", 200, `{"SecretString":"s3cret"}`, "s3cret", false},
		"ssm:/shop":  {"AmazonSSM.GetParameter", `{"Name":"/shop","WithDecryption":true}`, "/eu-central-1/ssm/", 200, `{"Parameter":{"Value":"s3cret"}}`, "s3cret", false},
		"binary":     {"secretsmanager.GetSecretValue", `{"SecretId":"binary"}`, "", 200, `{"SecretBinary":"czNjcmV0"}`, "error: it is binary: only text can be used", true},
		"missing":    {"secretsmanager.GetSecretValue", `{"SecretId":"missing"}`, "", 400, `{"__type":"ResourceNotFoundException","Message":"s3cret"}`, "error: ResourceNotFoundException", true},
		"ssm:denied": {"AmazonSSM.GetParameter", `{"Name":"denied","WithDecryption":true}`, "", 400, `{"__type":"AccessDeniedException","Message":"s3cret"}`, "error: AccessDeniedException", true},
		"throttled":  {"secretsmanager.GetSecretValue", `{"SecretId":"throttled"}`, "", 400, `{"__type":"ThrottlingException"}`, "error: ThrottlingException", false},
		"ssm:busy":   {"AmazonSSM.GetParameter", `{"Name":"busy","WithDecryption":true}`, "", 400, `{"__type":"com.amazonaws#ThrottlingException"}`, "error: ThrottlingException", false},
		"ssm:html":   {"AmazonSSM.GetParameter", `{"Name":"html","WithDecryption":true}`, "", 503, `<html>s3cret</html>`, "error: Service Unavailable", false},
		"outage":     {"secretsmanager.GetSecretValue", `{"SecretId":"outage"}`, "", 500, `{"__type":"InternalServiceError"}`, "error: InternalServiceError", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var requests atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				requests.Add(1)
				body, _ := io.ReadAll(r.Body) // compared below
				if r.Header.Get("X-Amz-Target") != test.target || string(body) != test.body || !strings.Contains(r.Header.Get("Authorization"), test.scope) {
					t.Errorf("request %s, %s, %s", r.Header.Get("X-Amz-Target"), body, r.Header.Get("Authorization"))
				}
				w.Header().Set("Content-Type", "application/x-amz-json-1.1")
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, test.answer) // the source says if it got it
			}))
			t.Cleanup(server.Close)
			source := secretaws.New(aws.Config{
				Region: "eu-central-1", BaseEndpoint: &server.URL, Credentials: credentials.NewStaticCredentialsProvider("AKID", "SECRET", ""),
			})
			parsed, err := secret.Parse(name)
			if err != nil {
				t.Fatal(err)
			}
			got, err := source.Read(t.Context(), parsed)
			if err != nil {
				got = "error: " + err.Error()
			}
			if n, want := requests.Load(), map[string]int32{"ssm:busy": 3, "ssm:html": 3, "throttled": 3, "outage": 3}[name]; n != max(want, 1) {
				t.Errorf("%d requests, want %d", n, max(want, 1))
			}
			if got != test.want || flow.VerdictOf(err).Permanent != test.permanent {
				t.Errorf("%s, permanent %v; want %s, %v", got, flow.VerdictOf(err).Permanent, test.want, test.permanent)
			}
		})
	}
}

// Nothing is connected before a secret is read.
func TestClientsAreMadeWhenUsed(t *testing.T) {
	if n := testing.AllocsPerRun(10, func() { secretaws.New(aws.Config{}) }); n > 20 {
		t.Errorf("a source that is not used makes %v objects", n)
	}
}
