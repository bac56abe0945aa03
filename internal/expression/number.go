package expression

import (
	"bytes"
	"cmp"
	"errors"
	"math"
	"strconv"
	"strings"
)

// float returns a number as JavaScript has it.
func (v value) float() float64 {
	if v.raw == nil {
		return v.num
	}
	f, _ := parseDecimal(string(v.raw))
	return f
}

// isNaN reports whether v is NaN, which only a computed number can be.
func (v value) isNaN() bool { return v.kind == numberKind && math.IsNaN(v.num) }

// negated returns -v, for an integer with all its digits.
func (v value) negated() value {
	if v.raw == nil {
		return numberValue(-v.num)
	}
	return value{kind: numberKind, raw: append([]byte("-"), v.raw...)}
}

// exactInteger reports whether v is an integer that a float64 may not represent.
func (v value) exactInteger() bool {
	return v.kind == numberKind && len(v.raw) > safeDigits && len(bytes.Trim(v.raw[1:], "0123456789")) == 0
}

// numberText prints a number as JavaScript does, exact integers with all digits.
func (v value) numberText() string {
	if v.exactInteger() {
		return string(v.raw)
	}
	return formatNumber(v.float())
}

func formatNumber(f float64) string {
	switch size := math.Abs(f); {
	case f == 0:
		return "0" // -0, too
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	case 1e-6 <= size && size < 1e21:
		return strconv.FormatFloat(f, 'f', -1, 64)
	default: // 1e-07 is 1e-7
		s := strconv.FormatFloat(f, 'e', -1, 64)
		return strings.Replace(s, "e-0", "e-", 1)
	}
}

// parseDecimal parses digits with a sign, a point and an exponent, all optional. A
// number that is too large is an infinity.
func parseDecimal(s string) (float64, bool) {
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil || errors.Is(err, strconv.ErrRange)
}

// parseNumber parses a text as JavaScript's Number does: NaN if it is not a number.
func parseNumber(s string) float64 {
	s = strings.TrimFunc(s, isSpace)
	switch {
	case s == "":
		return 0
	case strings.TrimLeft(s, "+-") == "Infinity" && len(s) <= len("+Infinity"):
		f, _ := strconv.ParseFloat(s, 64)
		return f
	case len(s) > 2 && s[0] == '0' && strings.ContainsRune("xXoObB", rune(s[1])):
		n, err := strconv.ParseUint(s, 0, 64)
		if err != nil || strings.Contains(s, "_") {
			return math.NaN()
		}
		return float64(n)
	case strings.Trim(s, "0123456789+-.eE") != "": // not Go's inf, nan and 0x1p-2
		return math.NaN()
	}
	f, ok := parseDecimal(s)
	if !ok {
		return math.NaN()
	}
	return f
}

// compareNumbers orders two values as float64, and by all their digits where
// these are equal and both are integers; false if one is NaN.
func compareNumbers(l *limits, a, b value) (int, bool) {
	x, y := numberOf(l, a), numberOf(l, b)
	if x != x || y != y {
		return 0, false
	}
	if x != y || !a.exactInteger() || !b.exactInteger() {
		return cmp.Compare(x, y), true
	}
	return compareDigits(a.raw, b.raw), true
}

// compareDigits orders integers of the same sign.
func compareDigits(a, b []byte) int {
	order := cmp.Or(cmp.Compare(len(a), len(b)), bytes.Compare(a, b))
	if a[0] == '-' {
		return -order
	}
	return order
}
