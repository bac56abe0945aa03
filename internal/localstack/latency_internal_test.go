package localstack

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// Requests take the time that is given: all of it for a poll, however long it has waited.
func TestRequestsTakeTheirTime(t *testing.T) {
	t.Parallel()
	const work, latency = 60 * time.Millisecond, 100 * time.Millisecond
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(work)
		_, _ = io.WriteString(w, "answer")
	}))
	t.Cleanup(server.Close)
	endpoint, proxy, err := serveProxy(server.URL, timed, held(latency))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = proxy.Close() })
	for target, least := range map[string]time.Duration{"DynamoDB_20120810.PutItem": latency, "AmazonSQS.ReceiveMessage": work + latency} {
		t.Run(target, func(t *testing.T) {
			t.Parallel()
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, endpoint, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("X-Amz-Target", target)
			began := time.Now()
			response, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			body, err := io.ReadAll(response.Body)
			if took := time.Since(began); err != nil || string(body) != "answer" || took < least {
				t.Errorf("%q, %v after %s, want an answer after %s", body, err, took, least)
			}
		})
	}
}
