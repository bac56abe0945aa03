package httpnode

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// node holds the params of one node.
type node struct {
	method      string
	target      target
	headers     map[string]value // by canonical name
	credentials *credentials
	payload     payload
	actions     actions
	asText      bool // the body of the answer is not decoded
}

// actions maps the statuses that are results, as "404" or "4xx", to their actions.
type actions map[string]string

// of returns the action of a status, and whether it is named.
func (a actions) of(status int) (action string, ok bool) {
	text := strconv.Itoa(status)
	if action, ok = a[text]; !ok {
		action, ok = a[text[:1]+"xx"]
	}
	return action, ok
}

var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions}

func readParams(p *flow.Params) node {
	p.Only("url", "path", "query", "method", "headers", "basicAuth", "body", "form", "actions", "decode")
	n := node{method: readMethod(p), target: readTarget(p), headers: readHeaders(p), payload: readPayload(p), actions: readActions(p)}
	n.credentials = readCredentials(p, n.headers)
	if p.Has("decode") {
		if n.asText = p.Text("decode") == "text"; !n.asText {
			p.Fault("it must be text, or be left out: the answer's type decides then", "decode")
		}
	}
	return n
}

func readMethod(p *flow.Params) string {
	method := p.Text("method")
	switch {
	case method == "" && (p.Has("body") || p.Has("form")):
		return http.MethodPost
	case method == "":
		return http.MethodGet
	case !slices.Contains(methods, method):
		p.Fault(fmt.Sprintf("it must be one of %s, not an expression", strings.Join(methods, ", ")), "method")
	}
	return method
}

// isHeaderName reports whether a text consists of the characters of a header's name.
func isHeaderName(name string) bool {
	return name != "" && strings.TrimLeft(name, "-!#$%&'*+.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") == ""
}

// ownHeaders belong to a connection, and are set by the client that makes it: with an
// Accept-Encoding of the node's own, it would not decode the answer.
var ownHeaders = []string{
	"Accept-Encoding", "Connection", "Content-Length", "Expect", "Host", "Http2-Settings", "Keep-Alive", "Proxy-Authorization",
	"Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
}

func readHeaders(p *flow.Params) map[string]value {
	values := readValues(p, "headers")
	headers := make(map[string]value, len(values))
	for _, name := range slices.Sorted(maps.Keys(values)) {
		canonical := http.CanonicalHeaderKey(name)
		_, twice := headers[canonical]
		switch {
		case !isHeaderName(name):
			p.Fault("it is no name of a header", "headers", name)
		case slices.Contains(ownHeaders, canonical):
			p.Fault("this header is set by the connection: remove it", "headers", name)
		case twice:
			p.Fault("this header is there in another spelling: remove one of them", "headers", name)
		}
		headers[canonical] = values[name]
	}
	return headers
}

// isStatusKey reports whether a text is a status of three digits, or a class such as 4xx.
func isStatusKey(key string) bool {
	if len(key) != 3 || key[0] < '2' || key[0] > '5' {
		return false
	}
	return key[1:] == "xx" || isDigit(key[1]) && isDigit(key[2])
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// maxAction is the limit of an action, in bytes.
const maxAction = 255

func readActions(p *flow.Params) actions {
	read := actions(p.Texts("actions"))
	for _, key := range slices.Sorted(maps.Keys(read)) {
		if !isStatusKey(key) {
			p.Fault("it is no status: name one, like 404, or all of a class, like 4xx", "actions", key)
		}
		if action := read[key]; action == "" || len(action) > maxAction {
			p.Fault(fmt.Sprintf("the action has %d bytes: 1 to %d are allowed", len(action), maxAction), "actions", key)
		}
	}
	return read
}
