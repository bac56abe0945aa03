package wire

import (
	"fmt"
	"net"
	"net/http"
	"slices"
	"syscall"

	"github.com/flowcraft-go/flowcraft/internal/fault"
)

// Faults returns the kinds of faults that a wire knows.
func Faults() []fault.Kind {
	return []fault.Kind{fault.RequestLost, fault.AnswerLost, fault.AnswerTorn, fault.Refused, fault.ServerError, fault.ServerErrorAfter,
		fault.Conflict, fault.PartialRead, fault.PartialSend}
}

var conflicting = []string{"PutItem", "UpdateItem", "DeleteItem"}

// Strikes reports whether a fault of that kind can hit the request: whether its
// service answers so.
func Strikes(kind fault.Kind, r Request) bool {
	switch kind {
	case fault.Conflict:
		return r.Service == DynamoDB && slices.Contains(conflicting, r.Operation)
	case fault.PartialRead:
		return r.Operation == "BatchGetItem" && r.Parts > 1 // for one key DynamoDB throttles the request
	case fault.PartialSend:
		return r.Operation == "SendMessageBatch"
	}
	return kind != ""
}

var (
	errRefused = &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	errReset   = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
)

// carry makes the service answer a request, subject to the fault.
func carry(kind fault.Kind, r Request, exchange func(Request) (answer, error)) (*http.Response, error) {
	switch kind {
	case fault.RequestLost:
		return nil, errRefused
	case fault.Refused:
		return throttled(r).response(), nil
	case fault.ServerError:
		return internalError(r).response(), nil
	case fault.Conflict:
		return conflict().response(), nil
	case fault.PartialRead:
		return someKeys(r, exchange)
	case fault.PartialSend:
		return someEntries(r, exchange)
	}
	a, err := exchange(r)
	if err != nil {
		return nil, err
	}
	switch kind {
	case fault.AnswerLost:
		return nil, errReset
	case fault.AnswerTorn:
		return a.torn(), nil
	case fault.ServerErrorAfter:
		return internalError(r).response(), nil
	case "":
		return a.response(), nil
	}
	return nil, fmt.Errorf("wire: it does not have the fault %q", kind)
}
