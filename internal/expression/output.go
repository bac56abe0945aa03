package expression

import (
	"math"
	"strconv"
)

// appendJSON writes v; a value that came as JSON keeps its text.
func (e *evaluation) appendJSON(dst []byte, v value) []byte {
	if !e.fits(len(dst) + len(v.raw) + len(v.str)) {
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
			e.fail("the result is or holds %s, which is no JSON", formatNumber(v.num))
		}
		return append(dst, formatNumber(v.num)...)
	case v.kind == textKind:
		return appendText(dst, v.str)
	default:
		return e.appendParts(dst, v)
	}
}

func (e *evaluation) appendParts(dst []byte, v value) []byte {
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
		dst = e.appendJSON(dst, item)
	}
	return append(dst, brackets[1])
}
