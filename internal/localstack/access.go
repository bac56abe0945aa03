package localstack

import (
	"bytes"
	"io"
	"net/http"
	"sync"

	"github.com/flowcraft-go/flowcraft/internal/access"
)

// accessTrace writes each permission that the functions need, once.
type accessTrace struct {
	lines *Log
	mu    sync.Mutex
	told  map[accessLine]bool
}

type accessLine struct {
	Function   string `json:"function"`
	Permission string `json:"permission"`
	Error      string `json:"error,omitempty"` // of a request whose permission is not known
}

// newAccessTrace returns nil if w is nil.
func newAccessTrace(w io.Writer) *accessTrace {
	if w == nil {
		return nil
	}
	return &accessTrace{lines: NewLog(w), told: map[accessLine]bool{}}
}

// of returns middleware that traces a function's requests; of no trace it does nothing.
func (a *accessTrace) of(function string) func(http.Handler) http.Handler {
	if a == nil {
		return func(next http.Handler) http.Handler { return next }
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			permissions, err := access.Requested(r.Header.Get("X-Amz-Target"), body)
			if err != nil {
				a.tell(accessLine{Function: function, Error: err.Error()})
			}
			for _, permission := range permissions {
				a.tell(accessLine{Function: function, Permission: permission})
			}
			next.ServeHTTP(w, r)
		})
	}
}

func (a *accessTrace) tell(line accessLine) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.told[line] {
		a.told[line] = true
		a.lines.encode(line)
	}
}
