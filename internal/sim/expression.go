package sim

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// scope holds the values that an edge's expressions can use, in the reference's
// terms.
type scope struct {
	output any // of the node that decides
	action string
	input  any // the source's output, or the target's named input
	named  func(id string) any
	key    func(key string) any
	run    any // the run's input
}

// condition and transform are an expression and its intended meaning.
type condition struct {
	text  string
	holds func(scope) bool
}

type transform struct {
	text string
	eval func(scope) any
}

// quoted returns a text as a literal.
func quoted(text string) string {
	var literal bytes.Buffer
	encoder := json.NewEncoder(&literal)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(text); err != nil {
		panic(err)
	}
	return string(bytes.TrimSpace(literal.Bytes()))
}

// member gives null for a missing member, as the engine's expressions do.
func member(value any, name string) any {
	fields, _ := value.(map[string]any)
	return fields[name]
}

// above reports whether a is a number above limit: no other value can be ordered.
func above(a any, limit float64) bool {
	n, ok := a.(float64)
	return ok && n > limit
}

func atMost(a any, limit float64) bool {
	n, ok := a.(float64)
	return ok && n <= limit
}

func resultAbove(k int) *condition {
	return &condition{fmt.Sprintf("result.output.v > %d", k), func(s scope) bool { return above(member(s.output, "v"), float64(k)) }}
}

func resultAtMost(k int) *condition {
	return &condition{fmt.Sprintf("input.v <= %d", k), func(s scope) bool { return atMost(member(s.output, "v"), float64(k)) }}
}

func otherAbove(id string, k int) *condition {
	return &condition{fmt.Sprintf("outputs[%s].v > %d", quoted(id), k), func(s scope) bool { return above(member(s.named(id), "v"), float64(k)) }}
}

func keyAbove(key string, k int) *condition {
	return &condition{fmt.Sprintf("context.%s > %d", key, k), func(s scope) bool { return above(s.key(key), float64(k)) }}
}

func inputAbove(k int) *condition {
	return &condition{fmt.Sprintf("run.input.x > %d", k), func(s scope) bool { return above(member(s.run, "x"), float64(k)) }}
}

func actionIs(action string) *condition {
	return &condition{fmt.Sprintf("result.action === %q", action), func(s scope) bool { return s.action == action }}
}

func takeValue() *transform {
	return &transform{"input.v", func(s scope) any { return member(s.input, "v") }}
}

func wrapInput() *transform {
	return &transform{"{w: input}", func(s scope) any { return map[string]any{"w": s.input} }}
}

func listAction() *transform {
	return &transform{"[result.action, input]", func(s scope) any {
		if s.action == "" {
			return []any{nil, s.input}
		}
		return []any{s.action, s.input}
	}}
}

func takeOther(id string) *transform {
	return &transform{fmt.Sprintf("{o: outputs[%s], i: input}", quoted(id)), func(s scope) any {
		return map[string]any{"o": s.named(id), "i": s.input}
	}}
}
