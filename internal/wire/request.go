package wire

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/flowcraft-go/flowcraft/internal/fault"
)

// The services that a wire knows.
const (
	DynamoDB = "DynamoDB"
	SQS      = "SQS"
)

// Request is a request as the SDK makes it.
type Request struct {
	Service   string
	Operation string
	Index     string // that is queried
	Parts     int    // of a batch: its keys or entries
	For       string // the request of the engine that it serves, if known
	Body      []byte
}

// String returns the operation, with its size and the request of the engine that it
// serves: "BatchGetItem of 3 for load".
func (r Request) String() string {
	name := r.Operation
	if r.Parts > 0 {
		name = fmt.Sprintf("%s of %d", name, r.Parts)
	}
	return name + r.purpose()
}

func (r Request) purpose() string {
	if r.For == "" {
		return ""
	}
	return " for " + r.For
}

// named returns the request as plans name it: "PutItem", or "PutItem for commit b
// done".
func (r Request) named() fault.Request {
	return fault.Request{Verb: r.Operation, Outcome: strings.TrimSpace(r.purpose())}
}

func read(request *http.Request) (Request, error) {
	target, operation, _ := strings.Cut(request.Header.Get("X-Amz-Target"), ".")
	r := Request{Operation: operation}
	if of, ok := fault.RequestOf(request.Context()); ok {
		r.For = of.String()
	}
	switch {
	case strings.HasPrefix(target, "DynamoDB"):
		r.Service = DynamoDB
	case target == "AmazonSQS":
		r.Service = SQS
	default:
		return r, fmt.Errorf("wire: %q is no operation of DynamoDB or SQS", target)
	}
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return r, fmt.Errorf("wire: read the request: %w", err)
	}
	r.Body = body
	var parts struct {
		IndexName    string
		RequestItems map[string]batchKeys
		Entries      []json.RawMessage
	}
	if err := json.Unmarshal(body, &parts); err != nil {
		return r, fmt.Errorf("wire: decode %s: %w", operation, err)
	}
	r.Index = parts.IndexName
	for _, table := range parts.RequestItems {
		r.Parts += len(table.Keys)
	}
	r.Parts += len(parts.Entries)
	return r, nil
}

// batchKeys holds the part of a BatchGetItem for one table. Projections would be
// lost here, but no request has any.
type batchKeys struct {
	Keys           []json.RawMessage
	ConsistentRead bool
}
