package expression

import (
	"strconv"
	"strings"
)

func (e *evaluation) truthy(v value) bool {
	switch v.kind {
	case nullKind:
		return false
	case boolKind:
		return v.truth
	case numberKind:
		f := e.number(v)
		return f == f && f != 0
	case textKind:
		return v.str != "" || len(v.raw) > len(`""`)
	default:
		return true
	}
}

// number converts v as JavaScript's Number does.
func (e *evaluation) number(v value) float64 {
	switch v.kind {
	case nullKind:
		return 0
	case boolKind:
		if v.truth {
			return 1
		}
		return 0
	case numberKind:
		if !e.readable(v) {
			return 0
		}
		return v.float()
	default:
		return parseNumber(e.text(v))
	}
}

// text converts v as JavaScript's String does.
func (e *evaluation) text(v value) string {
	switch v.kind {
	case nullKind:
		return "null"
	case boolKind:
		return strconv.FormatBool(v.truth)
	case numberKind:
		if !e.readable(v) {
			return ""
		}
		return v.numberText()
	case textKind:
		if v.raw == nil || !e.charge(len(v.raw)) {
			return v.str
		}
		return decodeText(v.raw)
	case arrayKind:
		return e.joined(v)
	default:
		return "[object Object]"
	}
}

func (e *evaluation) joined(v value) string {
	var b strings.Builder
	for w, first := e.walk(v), true; w.next() && e.fits(b.Len()); first = false {
		if !first {
			b.WriteByte(',')
		}
		if w.item.kind != nullKind {
			b.WriteString(e.text(w.item))
		}
	}
	e.charge(b.Len())
	return b.String()
}
