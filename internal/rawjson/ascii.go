package rawjson

import (
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// ASCII returns JSON whose text is ASCII: other characters, which only strings can
// have, are written as \uXXXX, and mean the same value.
func ASCII(value []byte) string {
	if isASCII(value) {
		return string(value)
	}
	var text strings.Builder
	text.Grow(len(value) * 2)
	for _, r := range string(value) {
		switch {
		case r < utf8.RuneSelf:
			text.WriteByte(byte(r))
		case r <= 0xFFFF:
			fmt.Fprintf(&text, `\u%04x`, r)
		default:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&text, `\u%04x\u%04x`, high, low)
		}
	}
	return text.String()
}

func isASCII(value []byte) bool {
	for _, b := range value {
		if b >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
