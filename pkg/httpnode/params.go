package httpnode

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// node holds the params of one node.
type node struct {
	method  string
	url     *flow.Expression
	headers map[string]value // by canonical name
	body    *flow.Expression // nil: none
	actions actions
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
	p.Only("url", "method", "headers", "body", "actions")
	n := node{url: readURL(p), headers: readHeaders(p), body: p.Expression("body"), actions: readActions(p)}
	n.method = p.Text("method")
	switch {
	case n.method == "" && p.Has("body"):
		n.method = http.MethodPost
	case n.method == "":
		n.method = http.MethodGet
	case !slices.Contains(methods, n.method):
		p.Fault(fmt.Sprintf("it must be one of %s, not an expression", strings.Join(methods, ", ")), "method")
	}
	if p.Has("body") && (n.method == http.MethodGet || n.method == http.MethodHead) {
		p.Fault("a "+n.method+" has no body: remove it, or choose another method", "body")
	}
	return n
}

func readURL(p *flow.Params) *flow.Expression {
	text := p.Text("url")
	switch {
	case text == "":
		p.Fault("it is missing or empty, and required: the expression whose value is the URL", "url")
	case strings.HasPrefix(text, "http://"), strings.HasPrefix(text, "https://"):
		p.Fault("it is an expression: put the URL into quotes, as in 'https://example.com/orders/' + input.id", "url")
		return nil
	}
	return p.Expression("url")
}

var (
	headerName = regexp.MustCompile("^[-!#$%&'*+.^_`|~0-9A-Za-z]+$")
	// ownHeaders belong to a connection, and are set by the client that makes it.
	ownHeaders = []string{
		"Connection", "Content-Length", "Expect", "Host", "Keep-Alive", "Proxy-Authorization", "Proxy-Connection",
		"Te", "Trailer", "Transfer-Encoding", "Upgrade",
	}
)

func readHeaders(p *flow.Params) map[string]value {
	values := readValues(p, "headers")
	headers := make(map[string]value, len(values))
	for _, name := range slices.Sorted(maps.Keys(values)) {
		canonical := http.CanonicalHeaderKey(name)
		_, twice := headers[canonical]
		switch {
		case !headerName.MatchString(name):
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

var statusKey = regexp.MustCompile(`^[2-5](xx|[0-9][0-9])$`)

// maxAction is the limit of an action, in bytes.
const maxAction = 255

func readActions(p *flow.Params) actions {
	read := actions(p.Texts("actions"))
	for _, key := range slices.Sorted(maps.Keys(read)) {
		if !statusKey.MatchString(key) {
			p.Fault("it is no status: name one, like 404, or all of a class, like 4xx", "actions", key)
		}
		if action := read[key]; action == "" || len(action) > maxAction {
			p.Fault(fmt.Sprintf("the action has %d bytes: 1 to %d are allowed", len(action), maxAction), "actions", key)
		}
	}
	return read
}
