package expression

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

type scanner struct {
	src    string
	names  Names
	at     int
	open   []byte // brackets
	tokens []token
}

// scan splits src into tokens, the last of which is its end.
func scan(src string, names Names) ([]token, error) {
	if len(src) > maxSource {
		return nil, fmt.Errorf("the expression has %d bytes, the limit is %d", len(src), maxSource)
	}
	if !utf8.ValidString(src) {
		return nil, fmt.Errorf("the expression is not UTF-8")
	}
	s := &scanner{src: src, names: names}
	for {
		s.skipSpace()
		if s.at == len(src) {
			break
		}
		if err := s.next(); err != nil {
			return nil, err
		}
		if len(s.tokens) > maxTokens {
			return nil, fmt.Errorf("the expression has more than %d words and symbols", maxTokens)
		}
	}
	if len(s.tokens) == 0 {
		return nil, errEmpty
	}
	return append(s.tokens, token{kind: endToken, text: "end", offset: len(src)}), nil
}

func (s *scanner) next() error {
	r, _ := utf8.DecodeRuneInString(s.src[s.at:])
	switch {
	case startsWord(r):
		s.emit(wordToken, s.word(), "x")
	case isDigit(s.peek(0)), r == '.' && isDigit(s.peek(1)):
		return s.number()
	case r == '"' || r == '\'':
		return s.text(byte(r))
	default:
		return s.symbol(r)
	}
	return nil
}

// word returns the length of the word that begins here: with hyphens the longest
// name, but for a member, as in a.my-node, only up to the first hyphen.
func (s *scanner) word() int {
	here := s.src[s.at:]
	plain := len(here) - len(strings.TrimLeftFunc(here, inWord))
	if n := len(s.tokens); n > 0 && strings.HasSuffix(s.tokens[n-1].text, ".") {
		return plain
	}
	long := len(here) - len(strings.TrimLeftFunc(here, func(r rune) bool { return r == '-' || inWord(r) }))
	for long > plain && !s.names[here[:long]] {
		long = max(strings.LastIndexByte(here[:long], '-'), plain)
	}
	return long
}

func (s *scanner) number() error {
	n := 0
	digits := func() {
		for isDigit(s.peek(n)) {
			n++
		}
	}
	digits()
	if s.peek(n) == '.' {
		n++
		digits()
	}
	if s.peek(n)|0x20 == 'e' {
		n++
		if s.peek(n) == '+' || s.peek(n) == '-' {
			n++
		}
		digits()
	}
	// The rest of a malformed number, as in 0xff or 3px, is checked with it.
	rest := strings.TrimLeftFunc(s.src[s.at+n:], inWord)
	n = len(s.src) - len(rest) - s.at
	if _, ok := parseNumberLiteral(s.src[s.at : s.at+n]); !ok {
		return s.fail("%s is not a number", s.src[s.at:s.at+n])
	}
	s.emit(numberToken, n, "0")
	return nil
}

func (s *scanner) text(quote byte) error {
	for n := 1; ; n++ {
		switch s.peek(n) {
		case 0, '\n', '\r':
			return s.fail("the text that starts here is not closed")
		case '\\':
			n++
		case quote:
			if _, err := parseTextLiteral(s.src[s.at : s.at+n+1]); err != nil {
				return s.fail("%v", err)
			}
			s.emit(textToken, n+1, "''")
			return nil
		}
	}
}

func (s *scanner) symbol(r rune) error {
	for _, symbol := range symbols {
		switch {
		case !strings.HasPrefix(s.src[s.at:], symbol.text):
		case symbol.text == "?." && isDigit(s.peek(2)): // a?.5:1
		case symbol.hint != "":
			return s.fail("%s is not supported: %s", symbol.text, symbol.hint)
		default:
			return s.bracketed(symbol.text, symbol.standIn)
		}
	}
	return s.fail("%q is not supported", r)
}

// bracketed emits a symbol and tracks the brackets: an opening one and its closing
// one are both outside.
func (s *scanner) bracketed(text, standIn string) error {
	if strings.Contains(")]}", text) && len(s.open) > 0 {
		s.open = s.open[:len(s.open)-1]
	}
	s.emit(symbolToken, len(text), standIn)
	if strings.Contains("([{", text) {
		s.open = append(s.open, text[0])
	}
	if len(s.open) > maxDepth {
		return s.fail("more than %d brackets are open", maxDepth)
	}
	return nil
}

func (s *scanner) emit(kind tokenKind, n int, standIn string) {
	s.tokens = append(s.tokens, token{
		kind: kind, text: s.src[s.at : s.at+n], standIn: standIn, offset: s.at,
		depth: len(s.open), inObject: len(s.open) > 0 && s.open[len(s.open)-1] == '{',
	})
	s.at += n
}

// peek returns the byte n ahead, 0 after the end.
func (s *scanner) peek(n int) byte {
	if s.at+n < len(s.src) {
		return s.src[s.at+n]
	}
	return 0
}

func (s *scanner) skipSpace() {
	s.at = len(s.src) - len(strings.TrimLeftFunc(s.src[s.at:], isSpace))
}

func (s *scanner) fail(format string, args ...any) error {
	return errorAt(s.src, s.at, format, args...)
}

func startsWord(r rune) bool { return r == '_' || r == '$' || unicode.IsLetter(r) }

func inWord(r rune) bool {
	return startsWord(r) || unicode.In(r, unicode.Nd, unicode.Mn, unicode.Mc, unicode.Pc) || r == '\u200c' || r == '\u200d'
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }

func isSpace(r rune) bool { return unicode.IsSpace(r) || r == '\ufeff' }
