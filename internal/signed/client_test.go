package signed_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/flowcraft-go/flowcraft/internal/signed"
)

// Requests are signed for the time of the client's clock.
func TestSend_signs_by_the_clock(t *testing.T) {
	t.Parallel()
	var got http.Header
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.Header.Clone() }))
	t.Cleanup(server.Close)
	cfg := aws.Config{
		Region: "eu-central-1", BaseEndpoint: &server.URL, HTTPClient: server.Client(),
		Credentials: credentials.NewStaticCredentialsProvider("AKID", "SECRET", ""),
	}
	client := signed.NewClient(cfg, signed.Lambda, func() time.Time { return time.Date(2021, 2, 3, 4, 5, 6, 0, time.UTC) })
	if _, err := client.Send(t.Context(), signed.Post{Path: "/"}, 1); err != nil {
		t.Fatal(err)
	}
	if at := got.Get("X-Amz-Date"); at != "20210203T040506Z" || !strings.Contains(got.Get("Authorization"), "AKID/20210203/eu-central-1/lambda/") {
		t.Errorf("signed at %s: %s", at, got.Get("Authorization"))
	}
}
