package expression

import (
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// safeDigits is the length up to which an integer is exact as a float64.
const safeDigits = 15

// parseNumberLiteral reads a JavaScript number. Integers keep all their digits.
func parseNumberLiteral(s string) (value, bool) {
	s, ok := withoutSeparators(s)
	switch {
	case !ok:
		return value{}, false
	case len(s) > 1 && s[0] == '0' && strings.ContainsRune("xXoObB", rune(s[1])):
		n, ok := new(big.Int).SetString(s, 0)
		if !ok {
			return value{}, false
		}
		return integer(n.String()), true
	case len(s) > 1 && s[0] == '0' && isDigit(s[1]): // octal, in old JavaScript
		return value{}, false
	case strings.Trim(s, "0123456789") == "":
		return integer(s), true
	default:
		f, ok := parseDecimal(s)
		return numberValue(f), ok
	}
}

// withoutSeparators drops the _ of 10_000: one between two digits.
func withoutSeparators(s string) (string, bool) {
	for i := range len(s) {
		if s[i] == '_' && (i == 0 || i == len(s)-1 || !isDigit(s[i-1]) || !isDigit(s[i+1])) {
			return "", false
		}
	}
	return strings.ReplaceAll(s, "_", ""), true
}

func integer(digits string) value {
	f, _ := parseDecimal(digits)
	v := numberValue(f)
	if len(digits) > safeDigits {
		v.raw = []byte(digits)
	}
	return v
}

// parseTextLiteral reads a JavaScript string with its quotes.
func parseTextLiteral(s string) (string, error) {
	s = s[1 : len(s)-1]
	var b strings.Builder
	for s != "" {
		i := strings.IndexByte(s, '\\')
		if i < 0 {
			break
		}
		b.WriteString(s[:i])
		r, n, err := parseEscape(s[i:])
		if err != nil {
			return "", err
		}
		if r >= 0 {
			b.WriteRune(r)
		}
		s = s[i+n:]
	}
	b.WriteString(s)
	return b.String(), nil
}

var simpleEscapes = map[byte]rune{'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v', '0': 0}

// parseEscape reads the escape that s starts with: its character (-1 for none)
// and its length.
func parseEscape(s string) (rune, int, error) {
	switch c := s[1]; {
	case c == 'x':
		return hexEscape(s, 2, 4)
	case c == 'u' && strings.HasPrefix(s[2:], "{"):
		end := strings.IndexByte(s, '}')
		r, _, err := hexEscape(s, 3, end)
		return r, end + 1, err
	case c == 'u':
		return unicodeEscape(s)
	case isDigit(c) && (c != '0' || len(s) > 2 && isDigit(s[2])):
		return 0, 0, errors.New("octal escapes are not supported: write \\xHH")
	case c == '\n':
		return -1, 2, nil
	}
	if r, ok := simpleEscapes[s[1]]; ok {
		return r, 2, nil
	}
	r, n := utf8.DecodeRuneInString(s[1:])
	return r, 1 + n, nil
}

// unicodeEscape reads \uHHHH, or two of them that are one character.
func unicodeEscape(s string) (rune, int, error) {
	r, n, err := hexEscape(s, 2, 6)
	if err != nil || !utf16.IsSurrogate(r) {
		return r, n, err
	}
	if strings.HasPrefix(s[n:], "\\u") {
		if low, _, err := hexEscape(s[n:], 2, 6); err == nil {
			if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
				return pair, 2 * n, nil
			}
		}
	}
	return utf8.RuneError, n, nil
}

func hexEscape(s string, from, to int) (rune, int, error) {
	if from < to && to <= len(s) {
		n, err := strconv.ParseUint(s[from:to], 16, 32)
		if err == nil && n <= utf8.MaxRune {
			return rune(n), to, nil
		}
	}
	return 0, 0, fmt.Errorf("the escape %s is not complete", s[:2])
}
