package httpnode

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"syscall"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// unanswered returns the failure of a request without a complete answer.
func unanswered(req *http.Request, err error) error {
	if refused, ok := errors.AsType[*refusedError](err); ok {
		return flow.Permanent(flow.WithCode(fmt.Errorf("%s: %w", name(req), refused), CodeRefused))
	}
	return flow.WithCode(fmt.Errorf("%s: %w", name(req), cause(err)), CodeError)
}

var errBroken = errors.New("the connection broke, or the answer is not HTTP")

// cause returns the part of an error of net/http that quotes nothing of request and
// answer: the rest of its text may.
func cause(err error) error {
	if lookup, ok := errors.AsType[*net.DNSError](err); ok {
		return fmt.Errorf("look up the host: %s", lookup.Err)
	}
	if certificate, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return certificate
	}
	if alert, ok := errors.AsType[tls.AlertError](err); ok {
		return alert
	}
	if record, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return fmt.Errorf("tls: %s", record.Msg)
	}
	if number, ok := errors.AsType[syscall.Errno](err); ok {
		return number
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return errors.New("it took too long")
	}
	for _, known := range []error{context.Canceled, io.EOF, io.ErrUnexpectedEOF} {
		if errors.Is(err, known) {
			return known
		}
	}
	return errBroken
}
