package secret

import (
	"context"
	"errors"
	"fmt"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// Code is the error code of an attempt without a secret that it needs.
const Code = "secret"

// Source reads secrets from where they are kept. Its errors have no values in them; one
// that no further attempt can fix is [flow.Permanent].
type Source interface {
	// Read returns the whole text of a secret; the name's field is not looked at.
	Read(ctx context.Context, name Name) (string, error)
}

// Given is a source of secrets that are given, by the names without fields. It is for
// tests and the command line.
type Given map[string]string

// String returns the number of secrets.
func (g Given) String() string { return fmt.Sprintf("%d secrets", len(g)) }

// GoString returns the number of secrets.
func (g Given) GoString() string { return g.String() }

// Format writes the number of secrets for every verb.
func (g Given) Format(s fmt.State, _ rune) { _, _ = fmt.Fprint(s, g.String()) }

// Read implements [Source].
func (g Given) Read(_ context.Context, name Name) (string, error) {
	name.Field = ""
	text, ok := g[name.String()]
	if !ok {
		return "", flow.Permanent(errors.New("it is not among the secrets that are given"))
	}
	return text, nil
}

type contextKey struct{}

// Middleware lets code read secrets by [Get]. The worker and the command line have it;
// a test wraps a handler with it. An error or a panic of the code with the text of a
// secret in it is replaced, and in an output the text of one of 8 bytes or more, each also
// where it is encoded.
func Middleware(cache *Cache) flow.Middleware {
	return func(next flow.Handler) flow.Handler {
		return flow.HandlerFunc(func(ctx context.Context, task *flow.Task) (result flow.Result, err error) {
			used := &used{cache: cache}
			defer func() {
				if used.any() { // else the panic keeps its own stack
					if p := recover(); p != nil {
						panic(used.clean(p))
					}
				}
			}()
			result, err = next.Handle(context.WithValue(ctx, contextKey{}, used), task)
			if err == nil {
				result.Output = used.cleanOutput(result.Output)
			}
			return result, used.cleanError(err)
		})
	}
}

// Get returns the secret of that name. It fails outside of [Middleware]. Values are at
// most 5 minutes old.
func Get(ctx context.Context, name string) (Value, error) {
	parsed, err := Parse(name)
	if err != nil {
		return Value{}, flow.Permanent(flow.WithCode(fmt.Errorf("the name of a secret %w", err), Code))
	}
	u, ok := ctx.Value(contextKey{}).(*used)
	if !ok {
		return Value{}, flow.Permanent(flow.WithCode(fmt.Errorf("secret %s: there is no source of secrets here: lambdaflow.Worker and flowctl have one, elsewhere use secret.Middleware", parsed), Code))
	}
	value, err := u.cache.get(ctx, parsed)
	if err == nil {
		u.add(value)
	}
	return value, err
}

// Changed reads secrets again that a server has refused, and reports whether one of
// them has a new value since.
func Changed(ctx context.Context, values []Value) (changed bool, err error) {
	u, ok := ctx.Value(contextKey{}).(*used)
	if !ok {
		return false, nil
	}
	for _, v := range values {
		again, err := u.cache.renew(ctx, v)
		if err != nil {
			return false, err
		}
		changed = changed || again.Reveal() != v.Reveal()
	}
	return changed, nil
}
