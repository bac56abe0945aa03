package expression

import (
	"math"
	"strconv"
)

// appendJSON writes v; values that were read from JSON keep their text.
func appendJSON(l *limits, dst []byte, v value) []byte {
	if !l.fits(len(dst) + len(v.raw) + len(v.str)) {
		return dst
	}
	switch {
	case v.raw != nil:
		return append(dst, v.raw...)
	case v.kind == nullKind:
		return append(dst, "null"...)
	case v.kind == boolKind:
		return strconv.AppendBool(dst, v.truth)
	case v.kind == numberKind:
		if math.IsNaN(v.num) || math.IsInf(v.num, 0) {
			l.fail("the result is or holds %s, which is not JSON", formatNumber(v.num))
		}
		return append(dst, formatNumber(v.num)...)
	case v.kind == textKind:
		return appendText(dst, v.str)
	default:
		return appendParts(l, dst, v)
	}
}

func appendParts(l *limits, dst []byte, v value) []byte {
	brackets := "[]"
	if v.kind == objectKind {
		brackets = "{}"
	}
	dst = append(dst, brackets[0])
	for i, item := range v.parts.items {
		if i > 0 {
			dst = append(dst, ',')
		}
		if v.kind == objectKind {
			dst = append(appendText(dst, v.parts.keys[i]), ':')
		}
		dst = appendJSON(l, dst, item)
	}
	return append(dst, brackets[1])
}
