package expression

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// CheckText refuses an expression that was most likely meant as a text: approved,
// in-review, text/html or 2024-10-11, written without quotes. These are expressions of
// names that the blueprint gives to nothing, and their value is null or a number.
// Something with spaces, with brackets or with a known name in it is taken as meant.
func (n Names) CheckText(src string, p *Program) error {
	word := strings.TrimSpace(src)
	if isDate(word) {
		return fmt.Errorf("it is computed, to a number: write a text in quotes, '%s'", word)
	}
	if len(p.roots) == 0 || !isWord(word) || slices.ContainsFunc(p.roots, func(r root) bool { return r.from != fromName || n.has(r.name) }) {
		return nil
	}
	return fmt.Errorf("there is no node %s, and no set node writes such a key: write a text in quotes, '%s', and a key of code or of the run's input as context.%[1]s", p.roots[0].name, word)
}

// has reports whether a name has a value. Those with _ are the engine's: _catch_error.
func (n Names) has(name string) bool {
	_, ok := n[name]
	return ok || strings.HasPrefix(name, "_")
}

// isWord reports whether a text has only letters, digits, and the signs that join them
// in names, versions, hosts and media types. A + joins only behind a slash: image/svg+xml.
func isWord(text string) bool {
	plus, slash := strings.IndexByte(text, '+'), strings.IndexByte(text, '/')
	return (plus < 0 || slash >= 0 && slash < plus) && !strings.ContainsFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !strings.ContainsRune("_$.-/+", r)
	})
}

// isDate reports whether a text is numbers joined like those of a date or a telephone
// number: by -, or by more than one slash.
func isDate(text string) bool {
	parts := strings.Split(text, "-")
	if len(parts) == 1 {
		parts = strings.Split(text, "/")
		if len(parts) == 2 { // a fraction
			return false
		}
	}
	return len(parts) > 1 && !slices.ContainsFunc(parts, func(part string) bool {
		return part == "" || strings.Trim(part, "0123456789") != ""
	})
}
