package flow_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// deep returns a value of so many levels of arrays, or of objects.
func deep(open, end string, levels int) json.RawMessage {
	return json.RawMessage(strings.Repeat(open, levels) + "1" + strings.Repeat(end, levels))
}

// Values may be nested 200 levels deep, wherever they enter, and the error says so.
func TestValuesHaveALimitOfDepth(t *testing.T) {
	t.Parallel()
	entrances := map[string]func(value json.RawMessage) error{
		"the body of a start": func(value json.RawMessage) error {
			_, err := flow.ParseMessage(fmt.Sprintf(`{"type":"start","blueprintId":"b","runId":"r","input":%s}`, value))
			return err
		},
		"a start that is to be sent": func(value json.RawMessage) error {
			return flow.MessageBody{Type: flow.TypeStart, BlueprintID: "b", RunID: "r", Input: value}.Check()
		},
		"a context key": func(value json.RawMessage) error { return new(flow.Task).Set("k", value) },
		"params of a blueprint's text": func(value json.RawMessage) error {
			_, err := flow.ParseBlueprint(fmt.Appendf(nil, `{"id":"b","nodes":[{"id":"a","uses":"code","params":%s}]}`, value))
			return err
		},
		"params of a blueprint in Go": func(value json.RawMessage) error {
			return flow.Validate(&flow.Blueprint{ID: "b", Nodes: []flow.Node{{ID: "a", Uses: "code", Params: value}}}, flow.Registry{"code": flow.Func(func(_ context.Context, in any) (any, error) { return in, nil })})
		},
		"metadata": func(value json.RawMessage) error {
			_, err := flow.ParseBlueprint(fmt.Appendf(nil, `{"id":"b","nodes":[{"id":"a","uses":"code"}],"metadata":%s}`, value))
			return err
		},
		"a key that is ignored": func(value json.RawMessage) error {
			_, err := flow.ParseBlueprint(fmt.Appendf(nil, `{"id":"b","nodes":[{"id":"a","uses":"code","position":%s}]}`, value))
			return err
		},
	}
	for name, enter := range entrances {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, form := range [][2]string{{`{"a":`, "}"}, {`{"a":[`, "]}"}} {
				per := strings.Count(form[0], "{") + strings.Count(form[0], "[")
				for _, levels := range []int{198, 200, 202, 10_000, 100_000} {
					err := enter(deep(form[0], form[1], levels/per))
					if (err != nil) != (levels > 200) {
						t.Errorf("%d levels of %s: %v", levels, form[0], err)
					}
					if err != nil && !strings.Contains(err.Error(), "levels deep, which is the limit") {
						t.Errorf("%d levels of %s: %q does not say the limit", levels, form[0], err)
					}
				}
			}
			if err := enter(deep(`{"a":`, "}", 199)); err != nil {
				t.Errorf("199 levels: %v", err)
			}
			if err := enter(deep(`{"a":`, "}", 201)); err == nil && name != "a key that is ignored" {
				t.Error("201 levels: no error")
			}
		})
	}
	_, err := flow.ParseMessage(`{"type":"start","blueprintId":"b","input":` + string(deep("[", "]", 10_000)) + `}`)
	if _, ok := errors.AsType[*flow.RejectError](err); !ok {
		t.Errorf("err = %v, want a RejectError", err)
	}
}

func TestStartOfArraysHasALimitOfDepth(t *testing.T) {
	t.Parallel()
	for _, levels := range []int{199, 200, 201, 10_000} {
		_, err := flow.ParseMessage(fmt.Sprintf(`{"type":"start","blueprintId":"b","runId":"r","input":%s}`, deep("[", "]", levels)))
		if (err != nil) != (levels > 200) || err != nil && !strings.Contains(err.Error(), "200") && !strings.Contains(err.Error(), "201") {
			t.Errorf("%d levels: %v", levels, err)
		}
	}
}
