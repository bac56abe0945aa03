package httpnode

import (
	"net/http"
	"testing"
)

// A request that began with https is never redirected to http.
func TestRedirected_scheme(t *testing.T) {
	t.Parallel()
	for from, refused := range map[string]bool{"https://example.com/a": true, "http://example.com/a": false} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, from, nil)
		if err != nil {
			t.Fatal(err)
		}
		next, err := redirected(req, http.StatusFound, "http://example.com/b")
		if (err != nil) != refused {
			t.Errorf("from %s to %v: %v, want refused = %t", from, next, err, refused)
		}
	}
}
