package wire

import (
	"fmt"
	"net"
	"net/http"
	"slices"
	"syscall"
)

// Fault is what befalls a request.
type Fault string

// What can befall a request.
const (
	LostRequest   Fault = "the request is lost"
	LostAnswer    Fault = "the answer is lost"               // although the request took effect
	TornAnswer    Fault = "the answer breaks off"            // although the request took effect
	Throttled     Fault = "throttled"                        // nothing took effect
	InternalError Fault = "internal server error"            // nothing took effect
	InternalAfter Fault = "internal server error afterwards" // although the request took effect
	Conflict      Fault = "transaction conflict"             // another transaction was in the way
	Unprocessed   Fault = "some keys are not processed"
	Failed        Fault = "some entries fail"
)

// Faults are all of them.
func Faults() []Fault {
	return []Fault{LostRequest, LostAnswer, TornAnswer, Throttled, InternalError, InternalAfter, Conflict, Unprocessed, Failed}
}

var conflicting = []string{"TransactWriteItems", "PutItem", "UpdateItem", "DeleteItem"}

// Strikes reports whether the service can answer the request so.
func (f Fault) Strikes(r Request) bool {
	switch f {
	case Conflict:
		return r.Service == DynamoDB && slices.Contains(conflicting, r.Operation)
	case Unprocessed:
		return r.Operation == "BatchGetItem" && r.Parts > 1 // of one key DynamoDB throttles the request
	case Failed:
		return r.Operation == "SendMessageBatch"
	}
	return f != ""
}

var (
	errRefused = &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	errReset   = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
)

// carry has the service answer a request, as the fault allows.
func (f Fault) carry(r Request, exchange func(Request) (answer, error)) (*http.Response, error) {
	switch f {
	case LostRequest:
		return nil, errRefused
	case Throttled:
		return throttled(r).response(), nil
	case InternalError:
		return internalError(r).response(), nil
	case Conflict:
		return conflict(r).response(), nil
	case Unprocessed:
		return someKeys(r, exchange)
	case Failed:
		return someEntries(r, exchange)
	}
	a, err := exchange(r)
	if err != nil {
		return nil, err
	}
	switch f {
	case LostAnswer:
		return nil, errReset
	case TornAnswer:
		return a.torn(), nil
	case InternalAfter:
		return internalError(r).response(), nil
	case "":
		return a.response(), nil
	}
	return nil, fmt.Errorf("wire: no such fault: %q", f)
}
