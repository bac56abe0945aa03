package expression

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// member returns v[key], null if there is none.
func memberOf(l *limits, v value, key string) value {
	switch v.kind {
	case objectKind:
		found, _ := find(l, v, key)
		return found
	case arrayKind:
		return element(l, v, key)
	case textKind:
		return character(l, v, key)
	default:
		return value{}
	}
}

// find returns the last member with this key.
func find(l *limits, v value, key string) (found value, ok bool) {
	for w := walk(l, v); w.next(); {
		if w.isKey(key) {
			found, ok = w.item, true
		}
	}
	return found, ok
}

func element(l *limits, v value, key string) value {
	index, ok := arrayIndex(key)
	if !ok && key != "length" {
		return value{}
	}
	n := 0
	for w := walk(l, v); w.next(); n++ {
		if ok && n == index {
			return w.item
		}
	}
	if ok {
		return value{}
	}
	return numberValue(float64(n))
}

// character returns the length of a text, or one UTF-16 unit of it.
func character(l *limits, v value, key string) value {
	if key == "length" {
		return numberValue(float64(units(textOf(l, v))))
	}
	index, ok := arrayIndex(key)
	if !ok {
		return value{}
	}
	for _, r := range textOf(l, v) {
		n := utf16.RuneLen(r)
		if index < n {
			if n > 1 {
				r = '\ufffd'
			}
			return textValue(string(r))
		}
		index -= n
	}
	return value{}
}

// units counts UTF-16 units: two for a character of four bytes, else one.
func units(s string) int {
	n := utf8.RuneCountInString(s)
	for i := range len(s) {
		if s[i] >= 0xf0 {
			n++
		}
	}
	return n
}

// arrayIndex parses a key that is an index as JavaScript prints it.
func arrayIndex(key string) (int, bool) {
	n, err := strconv.Atoi(key)
	return n, err == nil && n >= 0 && strconv.Itoa(n) == key
}
