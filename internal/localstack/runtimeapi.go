package localstack

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// maxResponse is Lambda's limit of an invocation's response, in bytes.
const maxResponse = 6 << 20

// runtimeAPI is the Lambda Runtime API (2018-06-01) of one sandbox, on its own port.
// It handles one invocation at a time.
type runtimeAPI struct {
	address   string // host:port
	arn       string
	timeout   time.Duration
	server    *http.Server
	pending   chan *invocation // taken by next
	ready     chan struct{}    // closed at the first next
	initError chan *FunctionError

	mu          sync.Mutex
	initialized bool
	current     *invocation
}

// invocation is a request to a sandbox.
type invocation struct {
	id      string
	payload []byte
	started chan time.Time // gets the deadline when the function has taken it
	outcome chan outcome
}

type outcome struct {
	response []byte
	err      error
}

func newInvocation(payload []byte) *invocation {
	return &invocation{
		id: newUUID(), payload: payload,
		started: make(chan time.Time, 1), outcome: make(chan outcome, 1),
	}
}

// serveRuntimeAPI serves until close.
func serveRuntimeAPI(arn string, timeout time.Duration) (*runtimeAPI, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	api := &runtimeAPI{
		address: listener.Addr().String(), arn: arn, timeout: timeout,
		pending: make(chan *invocation), ready: make(chan struct{}), initError: make(chan *FunctionError, 1),
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", api.next)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/response", api.response)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/error", api.failure)
	mux.HandleFunc("POST /2018-06-01/runtime/init/error", api.initFailure)
	api.server = &http.Server{Handler: mux}
	go func() { _ = api.server.Serve(listener) }() // ends with close
	return api, nil
}

func (api *runtimeAPI) close() { _ = api.server.Close() }

// next blocks until there is an invocation, as in Lambda.
func (api *runtimeAPI) next(w http.ResponseWriter, r *http.Request) {
	api.markReady()
	select {
	case inv := <-api.pending:
		deadline := time.Now().Add(api.timeout)
		api.setCurrent(inv)
		inv.started <- deadline
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Lambda-Runtime-Aws-Request-Id", inv.id)
		h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(deadline.UnixMilli(), 10))
		h.Set("Lambda-Runtime-Invoked-Function-Arn", api.arn)
		h.Set("Lambda-Runtime-Trace-Id", newTraceID())
		_, _ = w.Write(inv.payload) // a function that has exited is noticed by its process
	case <-r.Context().Done():
	}
}

func (api *runtimeAPI) response(w http.ResponseWriter, r *http.Request) {
	inv := api.take(r.PathValue("id"))
	if inv == nil {
		refuse(w, http.StatusBadRequest, "InvalidRequestID", "no such invocation under way: "+r.PathValue("id"))
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxResponse))
	if err != nil {
		message := fmt.Sprintf("read the response: %v", err)
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			message = fmt.Sprintf("the response exceeds the maximum of %d bytes", maxResponse)
		}
		inv.outcome <- outcome{err: &FunctionError{RequestID: inv.id, Type: "Function.ResponseSizeTooLarge", Message: message}}
		refuse(w, http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", message)
		return
	}
	inv.outcome <- outcome{response: body}
	accept(w)
}

func (api *runtimeAPI) failure(w http.ResponseWriter, r *http.Request) {
	inv := api.take(r.PathValue("id"))
	if inv == nil {
		refuse(w, http.StatusBadRequest, "InvalidRequestID", "no such invocation under way: "+r.PathValue("id"))
		return
	}
	inv.outcome <- outcome{err: reported(r, inv.id)}
	accept(w)
}

func (api *runtimeAPI) initFailure(w http.ResponseWriter, r *http.Request) {
	select {
	case api.initError <- reported(r, ""):
	default: // it has been reported already
	}
	accept(w)
}

// reported returns the error that the function reports in the request.
func reported(r *http.Request, id string) *FunctionError {
	var body struct{ ErrorType, ErrorMessage string }
	// If the body is not JSON, the header has the type.
	raw, _ := io.ReadAll(io.LimitReader(r.Body, maxResponse))
	if json.Unmarshal(raw, &body) != nil {
		body.ErrorMessage = string(raw)
	}
	if body.ErrorType == "" {
		body.ErrorType = r.Header.Get("Lambda-Runtime-Function-Error-Type")
	}
	return &FunctionError{RequestID: id, Type: body.ErrorType, Message: body.ErrorMessage}
}

func (api *runtimeAPI) markReady() {
	api.mu.Lock()
	defer api.mu.Unlock()
	if !api.initialized {
		api.initialized = true
		close(api.ready)
	}
}

func (api *runtimeAPI) setCurrent(inv *invocation) {
	api.mu.Lock()
	defer api.mu.Unlock()
	api.current = inv
}

// take ends the running invocation if it has that id, so that each has one outcome.
func (api *runtimeAPI) take(id string) *invocation {
	api.mu.Lock()
	defer api.mu.Unlock()
	inv := api.current
	if inv == nil || inv.id != id {
		return nil
	}
	api.current = nil
	return inv
}

func accept(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	_, _ = io.WriteString(w, `{"status":"OK"}`)
}

func refuse(w http.ResponseWriter, status int, errorType, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"errorType": errorType, "errorMessage": message})
}
