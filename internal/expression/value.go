package expression

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

type kind uint8

const (
	nullKind kind = iota
	boolKind
	numberKind
	textKind
	arrayKind
	objectKind
)

func (k kind) String() string {
	return [...]string{"null", "a boolean", "a number", "a text", "an array", "an object"}[k]
}

// value is a JavaScript value. A value that came as JSON keeps its text in raw and
// is decoded when needed; raw has no space around it and is valid.
type value struct {
	kind  kind
	truth bool    // of a boolean
	num   float64 // of a number without raw
	str   string  // of a text without raw
	raw   []byte
	parts *parts // of an array or object without raw
}

// parts are the elements of an array, or the members of an object by key.
type parts struct {
	keys  []string
	items []value
}

func boolValue(b bool) value        { return value{kind: boolKind, truth: b} }
func numberValue(f float64) value   { return value{kind: numberKind, num: f} }
func textValue(s string) value      { return value{kind: textKind, str: s} }
func listValue(items []value) value { return value{kind: arrayKind, parts: &parts{items: items}} }
func objectValue(keys []string, items []value) value {
	return value{kind: objectKind, parts: &parts{keys: keys, items: items}}
}

// jsonValue returns the value of valid JSON without space around it.
func jsonValue(raw []byte) value {
	switch raw[0] {
	case 'n':
		return value{}
	case 't', 'f':
		return boolValue(raw[0] == 't')
	case '"':
		return value{kind: textKind, raw: raw}
	case '[':
		return value{kind: arrayKind, raw: raw}
	case '{':
		return value{kind: objectKind, raw: raw}
	default:
		return value{kind: numberKind, raw: raw}
	}
}

// joinsAsText reports whether a + joins v as text instead of adding it.
func (v value) joinsAsText() bool { return v.kind >= textKind }

// decodeText decodes a JSON text; half surrogate pairs and invalid UTF-8 become
// U+FFFD.
func decodeText(raw []byte) string {
	inner := raw[1 : len(raw)-1]
	if bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
		return string(inner)
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		panic(err) // raw is valid
	}
	return s
}

// appendText writes s as JSON, without escaping < and >.
func appendText(dst []byte, s string) []byte {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(strings.ToValidUTF8(s, "\ufffd")); err != nil {
		panic(err) // a text always encodes
	}
	return append(dst, bytes.TrimSuffix(b.Bytes(), []byte("\n"))...)
}
