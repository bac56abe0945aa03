package expression

import (
	"bytes"
	"cmp"
	"unicode/utf8"
)

// equal is strict: values of different kinds differ. Arrays and objects are
// equal by content, objects in any order of their members.
func equal(l *limits, a, b value) bool {
	if a.kind != b.kind {
		return false
	}
	switch a.kind {
	case nullKind:
		return true
	case boolKind:
		return a.truth == b.truth
	case numberKind:
		order, ok := compareNumbers(l, a, b)
		return ok && order == 0
	}
	if a.raw != nil && b.raw != nil && l.charge(len(a.raw)) && bytes.Equal(a.raw, b.raw) {
		return true
	}
	switch a.kind {
	case textKind:
		return textOf(l, a) == textOf(l, b)
	case arrayKind:
		return equalArrays(l, a, b)
	default:
		return covers(l, a, b) && covers(l, b, a)
	}
}

func equalArrays(l *limits, a, b value) bool {
	x, y := walk(l, a), walk(l, b)
	for x.next() {
		if !y.next() || !equal(l, x.item, y.item) {
			return false
		}
	}
	return !y.next() && l.err == nil
}

// covers: every member of b is in a, and equal. It looks each one up, which
// needs no memory; the budget ends it for objects of very many members.
func covers(l *limits, a, b value) bool {
	for w := walk(l, b); w.next(); {
		key := w.keyText()
		x, ok := find(l, a, key)
		y, _ := find(l, b, key)
		if !ok || !equal(l, x, y) {
			return false
		}
	}
	return l.err == nil
}

// compare orders a and b as JavaScript does, two texts by their UTF-16 units and
// everything else as numbers; false if there is no order, as with null or NaN.
func compare(l *limits, a, b value) (int, bool) {
	if a.kind == nullKind || b.kind == nullKind {
		return 0, false
	}
	if a.joinsAsText() && b.joinsAsText() {
		return compareTexts(textOf(l, a), textOf(l, b)), true
	}
	return compareNumbers(l, a, b)
}

func compareTexts(a, b string) int {
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	for i > 0 && i < len(a) && !utf8.RuneStart(a[i]) {
		i--
	}
	r, _ := utf8.DecodeRuneInString(a[i:])
	s, _ := utf8.DecodeRuneInString(b[i:])
	if i == len(a) || i == len(b) || (r > 0xffff) == (s > 0xffff) {
		return cmp.Compare(a[i:], b[i:])
	}
	// Beyond U+FFFF both units are surrogates, from 0xd800 to 0xdfff.
	return cmp.Compare(unit(r), unit(s))
}

func unit(r rune) rune {
	if r > 0xffff {
		return 0xd800
	}
	return r
}
