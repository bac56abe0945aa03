package localstack

import (
	"context"
	"net/http"
	"strings"
	"time"
)

// Latency is the time that a request of the functions, or of the worker's mapping, takes at
// least, from its arrival to its answer: that of the servers of a stack is that of no cloud. A
// poll takes so long from the moment at which there are messages.
type Latency struct{ DynamoDB, SQS time.Duration }

// begun is the context key of the time at which a request came.
type begun struct{}

// timed is middleware that keeps the time at which a request comes.
func timed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), begun{}, time.Now())))
	})
}

// held returns a function that holds an answer back until its request has taken a time.
func held(latency time.Duration) func(*http.Response) error {
	return func(answer *http.Response) error {
		r := answer.Request
		since, _ := r.Context().Value(begun{}).(time.Time)
		if strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".ReceiveMessage") {
			since = time.Now()
		}
		sleepUntil(since.Add(latency))
		return nil
	}
}
