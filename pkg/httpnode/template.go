package httpnode

import (
	"errors"
	"strings"
)

// template is a URL with placeholders in its path. Text and placeholders alternate: the
// parts with an odd index are names.
type template []string

var errBraces = errors.New("a brace in it opens or closes no {name}: write {{ or }} for a brace")

// parseTemplate parses a URL in which {name} stands for a value, and {{ and }} for a
// brace.
func parseTemplate(text string) (template, error) {
	var parts template
	var literal strings.Builder
	for text != "" {
		i := strings.IndexAny(text, "{}")
		if i < 0 {
			i = len(text)
		}
		literal.WriteString(text[:i])
		switch text = text[i:]; {
		case text == "":
		case strings.HasPrefix(text, "{{"), strings.HasPrefix(text, "}}"):
			literal.WriteByte(text[0])
			text = text[2:]
		default:
			name, rest, closed := strings.Cut(text[1:], "}")
			if text[0] == '}' || !closed || name == "" || strings.Contains(name, "{") {
				return nil, errBraces
			}
			parts = append(parts, literal.String(), name)
			literal.Reset()
			text = rest
		}
	}
	return append(parts, literal.String()), nil
}

// names returns the names of the placeholders.
func (t template) names() (names []string) {
	for i := 1; i < len(t); i += 2 {
		names = append(names, t[i])
	}
	return names
}

// fill returns the URL's text with the values of the placeholders.
func (t template) fill(value func(name string) (string, error)) (string, error) {
	var text strings.Builder
	for i, part := range t {
		if i%2 == 1 {
			var err error
			if part, err = value(part); err != nil {
				return "", err
			}
		}
		text.WriteString(part)
	}
	return text.String(), nil
}

// check finds the fault of a template that no value can mend.
func (t template) check() error {
	if len(t) > 1 {
		before := t[0][strings.Index(t[0], "//")+2:]
		if !strings.Contains(before, "/") {
			return errors.New("only its path can have placeholders, and not its host: for a host that is a value, write an expression, as in 'https://' + input.host + '/orders'")
		}
	}
	for i := 0; i < len(t)-1; i += 2 {
		if strings.Contains(t[i], "?") {
			return errors.New("only its path can have placeholders: give parameters of the query in params.query")
		}
	}
	text, _ := t.fill(func(string) (string, error) { return "x", nil })
	_, err := parseURL(text)
	return err
}
