package expression

import (
	"strconv"
	"strings"
)

func truthOf(l *limits, v value) bool {
	switch v.kind {
	case nullKind:
		return false
	case boolKind:
		return v.truth
	case numberKind:
		f := numberOf(l, v)
		return f == f && f != 0
	case textKind:
		return v.str != "" || len(v.raw) > len(`""`)
	default:
		return true
	}
}

// number converts v as JavaScript's Number does.
func numberOf(l *limits, v value) float64 {
	switch v.kind {
	case nullKind:
		return 0
	case boolKind:
		if v.truth {
			return 1
		}
		return 0
	case numberKind:
		if !l.readable(v) {
			return 0
		}
		return v.float()
	default:
		return parseNumber(textOf(l, v))
	}
}

// text converts v as JavaScript's String does.
func textOf(l *limits, v value) string {
	switch v.kind {
	case nullKind:
		return "null"
	case boolKind:
		return strconv.FormatBool(v.truth)
	case numberKind:
		if !l.readable(v) {
			return ""
		}
		return v.numberText()
	case textKind:
		if v.raw == nil || !l.charge(len(v.raw)) {
			return v.str
		}
		return decodeText(v.raw)
	case arrayKind:
		return joined(l, v)
	default:
		return "[object Object]"
	}
}

func joined(l *limits, v value) string {
	var b strings.Builder
	for w, first := walk(l, v), true; w.next() && l.fits(b.Len()); first = false {
		if !first {
			b.WriteByte(',')
		}
		if w.item.kind != nullKind {
			b.WriteString(textOf(l, w.item))
		}
	}
	l.charge(b.Len())
	return b.String()
}
