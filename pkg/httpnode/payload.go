package httpnode

import (
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/flowcraft-go/flowcraft/internal/rawjson"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// payload is the body of a node's request: of an expression, or a form.
type payload struct {
	body *flow.Expression // nil: none
	form map[string]*flow.Expression
}

func readPayload(p *flow.Params) payload {
	read := payload{body: p.Expression("body"), form: readNamed(p, "form")}
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
func (p *payload) of(task *flow.Task) (body []byte, contentType string, err error) {
	if p.form != nil {
		fields, err := pairs(p.form, task, "form")
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
