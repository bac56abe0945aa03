package rawjson

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Errors of encoding/json quote values, and errors are stored and logged. These
// functions name the place, the kind and the wrong type, and no value.

// DecodeFault describes an error of [json.Unmarshal].
func DecodeFault(err error) string {
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		place := "it"
		if e.Field != "" {
			place = "its field " + e.Field
		}
		kind, _, _ := strings.Cut(e.Value, " ") // after it is a number's text
		return fmt.Sprintf("%s is a JSON %s, not %s", place, kind, e.Type)
	}
	_, syntax := errors.AsType[*json.SyntaxError](err)
	_, misuse := errors.AsType[*json.InvalidUnmarshalError](err)
	if syntax || misuse {
		return err.Error()
	}
	return fmt.Sprintf("a part of it was refused with %T, which the debug log shows", err)
}

// EncodeFault describes an error of [Encode].
func EncodeFault(err error) string {
	if strings.Contains(err.Error(), "exceeded max depth") { // of the package's own limit, which is far higher
		return (&DepthError{"it", MaxDepth}).Error()
	}
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
