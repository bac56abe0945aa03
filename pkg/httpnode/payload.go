package httpnode

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"github.com/flowcraft-go/flowcraft/internal/rawjson"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// payload is the body of a node's request: of an expression, or a form.
type payload struct {
	body *flow.Expression // nil: none
	form map[string]value
}

func readPayload(p *flow.Params) payload {
	read := payload{body: p.Expression("body"), form: named(p, "form", readValues(p, "form"))}
	if p.Has("body") && p.Has("form") {
		p.Fault("params.body is there too: remove one of them", "form")
	}
	for _, param := range []string{"body", "form"} {
		if p.Has(param) && p.Text("method") == http.MethodHead {
			p.Fault("a HEAD has no body: remove it, or choose another method", param)
		}
	}
	if !p.Has("form") {
		read.form = nil
	}
	return read
}

// of returns the body for a task: a text unchanged, anything else as JSON, and none for
// null.
func (p *payload) of(ctx context.Context, task *flow.Task, used *secrets) (body []byte, contentType string, err error) {
	if p.form != nil {
		fields, err := p.fields(ctx, task, used)
		return []byte(encode(fields, url.QueryEscape)), "application/x-www-form-urlencoded", err
	}
	if p.body == nil {
		return nil, "", nil
	}
	value, err := p.body.Eval(task)
	if err != nil || rawjson.IsNull(value) {
		return nil, "", err
	}
	var text string
	if json.Unmarshal(value, &text) == nil {
		return []byte(text), "text/plain; charset=utf-8", nil
	}
	return value, "application/json", nil
}

// fields returns the fields of the form by the order of their names.
func (p *payload) fields(ctx context.Context, task *flow.Task, used *secrets) (all []pair, err error) {
	for _, name := range slices.Sorted(maps.Keys(p.form)) {
		var fields []pair
		if field := p.form[name]; field.secret != "" {
			text, revealErr := field.reveal(ctx, "params.form."+name, used)
			fields, err = []pair{{name, text}}, revealErr
		} else {
			fields, err = pairsOf(name, field.expression, task, "form")
		}
		if err != nil {
			return nil, err
		}
		all = append(all, fields...)
	}
	return all, nil
}
