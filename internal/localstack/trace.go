package localstack

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"
)

// traceProxy is a proxy of a DynamoDB endpoint that writes a line for each task item
// that a request has written.
type traceProxy struct {
	endpoint string // of the proxy
	table    string // of the task items
	lines    *Log
	server   *http.Server
}

// traceLine is a write of a task item that succeeded.
type traceLine struct {
	Time time.Time `json:"time"`
	taskWrite
	Op string `json:"op"`
}

// serveTrace serves until close.
func serveTrace(target, table string, w io.Writer) (*traceProxy, error) {
	p := &traceProxy{table: table, lines: NewLog(w)}
	var err error
	p.endpoint, p.server, err = serveProxy(target, keepBody, p.answered)
	if err != nil {
		return nil, fmt.Errorf("trace writes: %w", err)
	}
	return p, nil
}

// serveProxy serves until the server is closed.
func serveProxy(target string, wrap func(http.Handler) http.Handler, answered func(*http.Response) error) (endpoint string, server *http.Server, err error) {
	upstream, err := url.Parse(target)
	if err != nil {
		return "", nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	forward := &httputil.ReverseProxy{
		Rewrite:        func(r *httputil.ProxyRequest) { r.SetURL(upstream) },
		ModifyResponse: answered,
		ErrorHandler:   func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
		ErrorLog:       log.New(io.Discard, "", 0), // the death of a sandbox is expected
		Transport:      &http.Transport{MaxIdleConnsPerHost: idleConns},
	}
	server = &http.Server{Handler: wrap(forward)}
	go func() { _ = server.Serve(listener) }() // ends with its close
	return "http://" + listener.Addr().String(), server, nil
}

func (p *traceProxy) close() { _ = p.server.Close() }

// idleConns is the number of connections that busy sandboxes keep open: the default
// of 2 would open a new connection for most requests.
const idleConns = 64

// sentBody is the context key of a request's body.
type sentBody struct{}

// maxWrite limits the time of a write whose sender has died.
const maxWrite = 30 * time.Second

// keepBody makes the bodies of writes readable again after the answer, and waits for
// the answer even if the sender dies meanwhile: DynamoDB may still carry the write
// out.
func keepBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if writeOp(r) != "" {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), maxWrite)
			defer cancel()
			r = r.WithContext(context.WithValue(ctx, sentBody{}, body))
		}
		next.ServeHTTP(w, r)
	})
}

// writeOp returns the request's operation if it may write task items.
func writeOp(r *http.Request) string {
	_, op, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	switch op {
	case "PutItem", "UpdateItem":
		return op
	}
	return ""
}

// answered writes the lines of a request that DynamoDB has carried out, before its
// sender gets the answer, so that a later write of the same task has a later line.
func (p *traceProxy) answered(answer *http.Response) error {
	op := writeOp(answer.Request)
	sent, _ := answer.Request.Context().Value(sentBody{}).([]byte)
	if op == "" || answer.StatusCode != http.StatusOK {
		return nil
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	writes, err := taskWrites(p.table, sent, body)
	if err != nil {
		return fmt.Errorf("trace writes: read a %s: %w", op, err)
	}
	for _, write := range writes {
		p.lines.encode(traceLine{time.Now().UTC(), write, op})
	}
	return nil
}
