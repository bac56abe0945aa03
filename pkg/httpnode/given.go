package httpnode

import (
	"context"
	"fmt"

	"github.com/flowcraft-go/flowcraft/internal/rawjson"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/secret"
)

// value is one part of a request that a param gives: an expression, or a secret.
type value struct {
	expression *flow.Expression
	secret     string // its name; "" is none
	prefix     string
}

// readValues reads an object whose values are expressions or secrets.
func readValues(p *flow.Params, key string) map[string]value {
	inner := p.Inner(key)
	values := map[string]value{}
	for _, name := range inner.Keys() {
		values[name] = readValue(inner, name)
	}
	return values
}

// readValue reads an expression, or {"secret": NAME, "prefix": TEXT}.
func readValue(p *flow.Params, key string) value {
	switch kind := p.Kind(key); kind {
	case "":
		return value{}
	case "a string":
		return value{expression: p.Expression(key)}
	case "an object":
		return readSecret(p.Inner(key))
	default:
		p.Fault(`it must be an expression, as a string, or a secret, as {"secret": "NAME"}, not `+kind, key)
		return value{}
	}
}

func readSecret(p *flow.Params) value {
	p.Only("secret", "prefix")
	v := value{secret: p.Text("secret"), prefix: p.Text("prefix")}
	if v.secret == "" {
		p.Fault("it is missing or empty, and required: the name of a secret", "secret")
	} else if _, err := secret.Parse(v.secret); err != nil {
		p.Fault("it "+err.Error(), "secret")
	}
	if hasControl(v.prefix) {
		p.Fault("it has control characters", "prefix")
	}
	return v
}

// secrets are those that were used in a request.
type secrets []secret.Value

// changed reads the secrets again, and reports whether one of them has changed. If it
// cannot be read, the refusal of the server stays the answer.
func (s *secrets) changed(ctx context.Context) bool {
	changed, err := secret.Changed(ctx, *s)
	return err == nil && changed
}

// text returns the value for a task: ok is false for null, which asks for no value. It
// notes a secret in used. what names the value in errors, which do not quote it.
func (v value) text(ctx context.Context, what string, task *flow.Task, used *secrets) (text string, ok bool, err error) {
	if v.secret != "" {
		text, err := v.reveal(ctx, what, used)
		return text, err == nil, err
	}
	raw, err := v.expression.Eval(task)
	if err != nil || rawjson.IsNull(raw) {
		return "", false, err
	}
	if text, ok = scalar(raw); !ok {
		return "", false, wrong(fmt.Errorf("the value of %s must be a string, a number, a boolean or null, and have no control characters", what))
	}
	return text, ok, nil
}

// required returns the value of a param that must be there.
func (v value) required(ctx context.Context, param string, task *flow.Task, used *secrets) (string, error) {
	if v.secret != "" {
		return v.reveal(ctx, "params."+param, used)
	}
	return required(v.expression, task, param)
}

// reveal returns a secret behind its prefix. A line break at its end is the usual
// mistake of those who have stored it.
func (v value) reveal(ctx context.Context, what string, used *secrets) (string, error) {
	read, err := secret.Get(ctx, v.secret)
	if err != nil {
		return "", fmt.Errorf("%s: %w", what, err)
	}
	if hasControl(read.Reveal()) {
		err := fmt.Errorf("%s: %v has control characters, such as a line break at its end", what, read)
		return "", flow.Permanent(flow.WithCode(err, secret.Code))
	}
	*used = append(*used, read)
	return v.prefix + read.Reveal(), nil
}
