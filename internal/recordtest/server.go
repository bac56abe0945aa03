// Package recordtest is a server for tests of clients: it records its requests.
package recordtest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
)

// Server is a server on 127.0.0.1 that keeps a note of each request.
type Server[Note any] struct {
	*httptest.Server

	mu    sync.Mutex
	notes []Note
}

// New starts a server that ends with the test. Before a request is answered, its body
// is read, and note returns the record to keep of it.
func New[Note any](t testing.TB, note func(r *http.Request, body string) Note, answer http.HandlerFunc) *Server[Note] {
	t.Helper()
	s := &Server[Note]{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("read the body: %v", err)
		}
		kept := note(r, string(body))
		s.mu.Lock()
		s.notes = append(s.notes, kept)
		s.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// All returns the notes so far, in the order of the requests.
func (s *Server[Note]) All() []Note {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.notes)
}
