package flow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// decodeInto decodes a value for a task's code. Its error names the place, the
// kind and the type, and never quotes the value: errors are stored and logged.
// The whole story goes to the task's debug log.
func (t *Task) decodeInto(ctx context.Context, value json.RawMessage, v any) error {
	err := json.Unmarshal(value, v)
	if err == nil {
		return nil
	}
	if t.Log != nil {
		t.Log.DebugContext(ctx, "value not decoded", keyError, err.Error())
	}
	return errors.New(decodeFault(err))
}

// decodeFault is an error of encoding/json without the value that it quotes.
func decodeFault(err error) string {
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		place := "it"
		if e.Field != "" {
			place = "its field " + e.Field
		}
		kind, _, _ := strings.Cut(e.Value, " ") // behind it is a number's text
		return fmt.Sprintf("%s is a JSON %s, not %s", place, kind, e.Type)
	}
	_, syntax := errors.AsType[*json.SyntaxError](err)
	_, misuse := errors.AsType[*json.InvalidUnmarshalError](err)
	if syntax || misuse {
		return err.Error()
	}
	return fmt.Sprintf("a part of it was refused with %T, which the debug log shows", err)
}
