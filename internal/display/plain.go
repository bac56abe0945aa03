package display

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Plain returns a text of others as it may be printed within a line: characters that
// would steer a terminal, end the line, or turn the reading direction are escaped, as in
// \u001b, and bytes that are not UTF-8 are replaced. JSON keeps its meaning.
func Plain(text string) string { return escaped(text, "") }

// Writer returns a writer that escapes such characters before w, except for the ends of
// lines and tabs. Each write must consist of whole characters.
func Writer(w io.Writer) io.Writer { return plainWriter{w} }

type plainWriter struct{ to io.Writer }

func (w plainWriter) Write(text []byte) (int, error) {
	if _, err := io.WriteString(w.to, escaped(string(text), "\n\t")); err != nil {
		return 0, err
	}
	return len(text), nil
}

// escaped escapes all steering characters but those of kept.
func escaped(text, kept string) string {
	steers := func(r rune) bool { return steering(r) && !strings.ContainsRune(kept, r) }
	if utf8.ValidString(text) && !strings.ContainsFunc(text, steers) {
		return text
	}
	var plain strings.Builder
	for _, r := range text {
		switch {
		case !steers(r):
			plain.WriteRune(r)
		case r == '\n':
			plain.WriteString(`\n`)
		case r == '\t':
			plain.WriteString(`\t`)
		default:
			fmt.Fprintf(&plain, `\u%04x`, r)
		}
	}
	return plain.String()
}

// steering reports whether a character is a control character of either set, a separator
// of lines, or a mark of the reading direction.
func steering(r rune) bool {
	switch {
	case unicode.IsControl(r), r == '\u2028', r == '\u2029':
		return true
	}
	return r == '\u061c' || r == '\u200e' || r == '\u200f' || '\u202a' <= r && r <= '\u202e' || '\u2066' <= r && r <= '\u2069'
}
