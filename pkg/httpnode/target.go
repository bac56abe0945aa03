package httpnode

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// target is the URL of a node: a template with the values of its placeholders, or an
// expression; and parameters that are added to its query.
type target struct {
	template    template
	path, query map[string]*flow.Expression
	whole       *flow.Expression
}

func readTarget(p *flow.Params) target {
	t := target{path: p.Expressions("path"), query: named(p, "query", p.Expressions("query"))}
	text := p.Text("url")
	switch {
	case text == "":
		p.Fault("it is missing or empty, and required: a URL, or the expression whose value is one", "url")
	case isTemplate(text):
		t.readTemplate(p, text)
	case p.Has("path"):
		p.Fault("it gives the values of a URL like https://example.com/orders/{id}, and params.url is an expression: remove one of them", "path")
		fallthrough
	default:
		t.whole = p.Expression("url")
	}
	return t
}

func isTemplate(text string) bool {
	scheme, _, ok := strings.Cut(text, "://")
	return ok && (strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https"))
}

func (t *target) readTemplate(p *flow.Params, text string) {
	parsed, err := parseTemplate(text)
	if err == nil {
		err = parsed.check()
	}
	if err != nil {
		p.Fault(err.Error(), "url")
		return
	}
	t.template = parsed
	names := parsed.names()
	for _, name := range slices.Compact(slices.Sorted(slices.Values(names))) {
		if _, ok := t.path[name]; !ok {
			p.Fault(fmt.Sprintf("it is missing: the expression whose value stands for {%s} in params.url", name), "path", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(t.path)) {
		if !slices.Contains(names, name) {
			p.Fault(fmt.Sprintf("params.url has no {%s} for it", name), "path", name)
		}
	}
}

// named returns the values of a param whose keys are sent.
func named[V any](p *flow.Params, param string, values map[string]V) map[string]V {
	if _, ok := values[""]; ok {
		p.Fault("it has no name", param, "")
	}
	return values
}

// of returns the URL for a task. Its errors quote no values: they may be secrets.
func (t *target) of(task *flow.Task) (*url.URL, error) {
	text, err := t.text(task)
	if err != nil {
		return nil, err
	}
	u, err := parseURL(text)
	if err != nil {
		return nil, wrong(fmt.Errorf("the value of params.url: %w", err))
	}
	query, err := pairs(t.query, task, "query")
	if err != nil {
		return nil, err
	}
	if added := encode(query, escapeQuery); added != "" {
		u.RawQuery = strings.TrimPrefix(u.RawQuery+"&"+added, "&")
	}
	return u, nil
}

func (t *target) text(task *flow.Task) (string, error) {
	if t.whole != nil {
		return t.whole.EvalText(task)
	}
	return t.template.fill(func(name string) (string, error) {
		text, err := required(t.path[name], task, "path."+name)
		if err == nil && text == "" {
			err = wrong(fmt.Errorf("the value of params.path.%s is empty: it would be another URL", name))
		}
		return url.PathEscape(text), err
	})
}

// escapeQuery encodes a text of a query. A space becomes %20, since not every server
// reads a + as one.
func escapeQuery(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }
