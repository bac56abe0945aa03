// Package rawjson keeps JSON values as text: it encodes them in the one form in
// which they are stored, and describes an invalid value without quoting it.
package rawjson

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// Null is the text of null.
var Null = json.RawMessage("null")

// OrNull returns the value, or null if there is none.
func OrNull(value json.RawMessage) json.RawMessage {
	if value == nil {
		return Null
	}
	return value
}

// IsNull reports whether a text without surrounding white space is null.
func IsNull(text []byte) bool { return string(text) == "null" }

// Encode encodes v compactly, without HTML escapes, and in UTF-8 even if a
// [json.RawMessage] in it is not: every store then keeps the same text.
func Encode(v any) (json.RawMessage, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	value := bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
	if !utf8.Valid(value) {
		value = bytes.ToValidUTF8(value, []byte("\uFFFD"))
	}
	return value, nil
}

// Compact returns valid JSON without white space: the form in which it is stored
// unchanged. Invalid text is returned as it is.
func Compact(text []byte) json.RawMessage {
	var buf bytes.Buffer
	if json.Compact(&buf, text) != nil {
		return text
	}
	return buf.Bytes()
}

// Kind names the type of a JSON text by its first byte, for messages.
func Kind(text []byte) string {
	if len(text) == 0 {
		return "nothing"
	}
	switch text[0] {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "a string"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	}
	return "a number"
}
