package wire

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/fault"
)

// Wire carries requests to the services, numbers them, and lets faults hit some of
// them. It is safe for concurrent use; its hooks must be set before the first
// request.
type Wire struct {
	// Before is called before a request is carried, and before it is counted.
	Before func(n int, r Request)
	// Answered is called after a service has answered a request, even if the answer
	// is lost on its way back.
	Answered func(Exchange)

	next http.RoundTripper

	mu       sync.Mutex
	requests []Request
	plan     fault.Pending
	times    int // number of successive requests that the plan hits
	left     int // number of them still to be hit
	struck   int
	cut      bool
	index    indexes
}

// Exchange is a request as the service received it, and the service's answer.
type Exchange struct {
	Request
	Status int
	Answer []byte
}

// New returns a wire that carries requests over next, with no fault.
func New(next http.RoundTripper) *Wire {
	return &Wire{next: next, index: indexes{answers: map[string][]byte{}}}
}

// Strike lets the fault hit its request, counted from now on, and those that follow
// it up to a number of times. It replaces an earlier plan. A request is named by
// its operation, see [Request.String].
func (w *Wire) Strike(plan fault.Plan, times int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.plan, w.times, w.left = fault.Pending{Plan: plan}, times, 0
}

// Cut makes every request be lost from now on, or ends that.
func (w *Wire) Cut(cut bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = cut
}

// Pause replaces the waits of the code above, which takes none: between the repetitions
// of a request, say. It fails while the wire is cut, as for a process that has died.
func (w *Wire) Pause(ctx context.Context, _ time.Duration) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cut {
		return errRefused
	}
	return ctx.Err()
}

// Lag makes the queries of indexes return their last answer, or nothing if there
// was none; or ends that.
func (w *Wire) Lag(lag bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.index.lag = lag
}

// Requests returns the requests so far, in order; index n has the number n+1.
func (w *Wire) Requests() []Request {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.requests)
}

// Struck returns the number of requests hit by Strike.
func (w *Wire) Struck() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.struck
}

// RoundTrip implements [http.RoundTripper].
func (w *Wire) RoundTrip(request *http.Request) (*http.Response, error) {
	r, err := read(request)
	if err != nil {
		return nil, err
	}
	n, kind, cut := w.count(r)
	if w.Before != nil {
		w.Before(n, r)
	}
	if cut {
		return nil, errRefused
	}
	return carry(kind, r, func(r Request) (answer, error) { return w.exchange(request, r) })
}

func (w *Wire) count(r Request) (n int, kind fault.Kind, cut bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.requests = append(w.requests, r)
	if w.plan.Hits(r.named()) {
		w.left = w.times
	}
	if w.left > 0 {
		w.left--
		if Strikes(w.plan.Kind, r) {
			kind = w.plan.Kind
			w.struck++
		}
	}
	return len(w.requests), kind, w.cut
}

// exchange returns the service's answer.
func (w *Wire) exchange(request *http.Request, r Request) (answer, error) {
	if stale, ok := w.stale(r); ok {
		return answer{status: http.StatusOK, header: jsonHeader(), body: stale}, nil
	}
	request = request.Clone(request.Context())
	request.Body, request.ContentLength = io.NopCloser(bytes.NewReader(r.Body)), int64(len(r.Body))
	response, err := w.next.RoundTrip(request)
	if err != nil {
		return answer{}, err
	}
	body, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return answer{}, fmt.Errorf("read the answer to %s: %w", r, err)
	}
	if w.Answered != nil {
		w.Answered(Exchange{Request: r, Status: response.StatusCode, Answer: body})
	}
	w.remember(r, body)
	return answer{response.StatusCode, response.Header, body}, nil
}
