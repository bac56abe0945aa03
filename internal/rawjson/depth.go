package rawjson

import "fmt"

// MaxDepth is the limit of a value's nesting, in levels of arrays and objects: whatever
// recurses into a value, here or in node code, can rely on it.
const MaxDepth = 200

// DepthError says that a value is nested too deeply.
type DepthError struct {
	What  string
	Limit int
}

func (e *DepthError) Error() string {
	return fmt.Sprintf("%s is nested more than %d levels deep, which is the limit", e.What, e.Limit)
}

// CheckDepth returns a [*DepthError] if a value, which what names, is nested deeper than
// [MaxDepth]. It does not recurse, and text that is no JSON is no error here.
func CheckDepth(what string, value []byte) error { return CheckDepthIn(what, value, 0) }

// CheckDepthIn is [CheckDepth] for a value that becomes a part of another, with so many
// levels around it. A negative number is that of levels which do not count, such as those
// of a message around its values.
func CheckDepthIn(what string, value []byte, around int) error {
	most := MaxDepth - around
	depth, quoted := 0, false
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{':
			if depth++; depth > most {
				return &DepthError{what, most}
			}
		case c == ']' || c == '}':
			depth--
		}
	}
	return nil
}
