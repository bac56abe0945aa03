package flow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// encode encodes a value that a task's code gives. Its error names the type at
// fault and never quotes the value; the whole story goes to the task's debug log.
func (t *Task) encode(ctx context.Context, v any) (json.RawMessage, error) {
	value, err := encodeValue(v)
	if err == nil {
		return value, nil
	}
	if t.Log != nil {
		t.Log.DebugContext(ctx, "value not encoded", keyError, err.Error())
	}
	return nil, errors.New(encodeFault(err))
}

// encodeFault is an error of encoding/json without what other code, or a
// number's text, adds to it.
func encodeFault(err error) string {
	if e, ok := errors.AsType[*json.MarshalerError](err); ok {
		return fmt.Sprintf("the JSON of %s was refused with %T, which the debug log shows", e.Type, errors.Unwrap(e))
	}
	_, kind := errors.AsType[*json.UnsupportedTypeError](err)
	_, value := errors.AsType[*json.UnsupportedValueError](err) // NaN, an infinity or a cycle
	if kind || value {
		return err.Error()
	}
	return fmt.Sprintf("a part of it was refused with %T, which the debug log shows", err)
}
