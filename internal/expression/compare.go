package expression

import (
	"bytes"
	"cmp"
	"unicode/utf8"
)

// equal is strict: values of different kinds differ. Arrays and objects are equal
// by content, objects in any order of their members.
func (e *evaluation) equal(a, b value) bool {
	if a.kind != b.kind {
		return false
	}
	switch a.kind {
	case nullKind:
		return true
	case boolKind:
		return a.truth == b.truth
	case numberKind:
		order, ok := e.compareNumbers(a, b)
		return ok && order == 0
	}
	if a.raw != nil && b.raw != nil && e.charge(len(a.raw)) && bytes.Equal(a.raw, b.raw) {
		return true
	}
	switch a.kind {
	case textKind:
		return e.text(a) == e.text(b)
	case arrayKind:
		return e.equalArrays(a, b)
	default:
		return e.covers(a, b) && e.covers(b, a)
	}
}

func (e *evaluation) equalArrays(a, b value) bool {
	x, y := e.walk(a), e.walk(b)
	for x.next() {
		if !y.next() || !e.equal(x.item, y.item) {
			return false
		}
	}
	return !y.next() && e.err == nil
}

// covers reports whether every member of b is in a, and equal. It searches for each
// one, which needs no memory; the budget ends it for objects with very many
// members.
func (e *evaluation) covers(a, b value) bool {
	for w := e.walk(b); w.next(); {
		key := w.keyText()
		x, ok := e.find(a, key)
		y, _ := e.find(b, key)
		if !ok || !e.equal(x, y) {
			return false
		}
	}
	return e.err == nil
}

// compare orders a and b as JavaScript does, two texts by their UTF-16 units and
// everything else as numbers; false if there is no order, as with null or NaN.
func (e *evaluation) compare(a, b value) (int, bool) {
	if a.kind == nullKind || b.kind == nullKind {
		return 0, false
	}
	if a.joinsAsText() && b.joinsAsText() {
		return compareTexts(e.text(a), e.text(b)), true
	}
	return e.compareNumbers(a, b)
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
