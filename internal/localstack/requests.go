package localstack

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
)

// Requests counts requests to the servers of a stack. It is safe for concurrent use.
type Requests struct {
	mu  sync.Mutex
	sum RequestCounts
}

// RequestCounts are the counts of [Requests].
type RequestCounts struct {
	DynamoDB int
	SQS      int
	Messages int // that were sent
}

// Counts returns the counts so far.
func (r *Requests) Counts() RequestCounts {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sum
}

// Sub returns the counts since earlier ones.
func (c RequestCounts) Sub(earlier RequestCounts) RequestCounts {
	return RequestCounts{c.DynamoDB - earlier.DynamoDB, c.SQS - earlier.SQS, c.Messages - earlier.Messages}
}

// counted is middleware; of no Requests it does nothing.
func (r *Requests) counted(next http.Handler) http.Handler {
	if r == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		service, operation, _ := strings.Cut(request.Header.Get("X-Amz-Target"), ".")
		messages, err := sentMessages(operation, request)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		r.add(service, messages)
		next.ServeHTTP(w, request)
	})
}

func (r *Requests) add(service string, messages int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if strings.HasPrefix(service, "DynamoDB") {
		r.sum.DynamoDB++
		return
	}
	r.sum.SQS++
	r.sum.Messages += messages
}

// sentMessages returns the number of messages in a request of SQS. Its body can be read
// again.
func sentMessages(operation string, request *http.Request) (int, error) {
	switch operation {
	case "SendMessage":
		return 1, nil
	case "SendMessageBatch":
		body, err := io.ReadAll(request.Body)
		if err != nil {
			return 0, err
		}
		request.Body = io.NopCloser(bytes.NewReader(body))
		var batch struct{ Entries []json.RawMessage }
		err = json.Unmarshal(body, &batch)
		return len(batch.Entries), err
	}
	return 0, nil
}
