package flow

import (
	"encoding/json"
	"fmt"
)

// checkKeys reports each key that stands twice in one object, anywhere in a valid text:
// parsers would drop all values but one. Each start of a worker checks all blueprints, so
// paths are only written for faults.
func checkKeys(found *issues, path string, text []byte) {
	s := &keyScan{text: text, found: found, root: path}
	s.value(nil)
}

// members returns the members of the object that a valid text is, and the first key that
// stands twice in it. Another text than an object has none. Values are not looked into:
// they are the user's.
func members(text []byte) (fields map[string]json.RawMessage, twice string) {
	s := &keyScan{text: text}
	if s.next() != '{' {
		return nil, ""
	}
	fields = make(map[string]json.RawMessage, 8)
	s.at++
	for c := s.next(); c != '}' && c != 0; c = s.next() {
		if c == ',' {
			s.at++
			continue
		}
		key := (&place{key: s.string()}).name()
		s.next()
		s.at++ // the colon
		s.next()
		start := s.at
		s.skip()
		if _, known := fields[key]; known && twice == "" {
			twice = key
		}
		fields[key] = text[start:s.at]
	}
	return fields, twice
}

// keyScan reads a valid text once.
type keyScan struct {
	text  []byte
	at    int
	found *issues
	root  string
}

// place is a value's key or index in the value around it.
type place struct {
	around *place
	key    []byte // in its quotes; nil in an array
	index  int
}

// value reads a value. Texts are nested as deep as [rawjson.MaxDepth] allows.
func (s *keyScan) value(at *place) {
	switch s.next() {
	case '{':
		s.object(at)
	case '[':
		s.array(at)
	case '"':
		s.string()
	default:
		for s.at < len(s.text) && !isEnd(s.text[s.at]) {
			s.at++
		}
	}
}

func (s *keyScan) object(around *place) {
	var seen map[string]bool
	s.at++
	for c := s.next(); c != '}' && c != 0; c = s.next() {
		if c == ',' {
			s.at++
			continue
		}
		at := place{around: around, key: s.string()}
		if seen == nil {
			seen = make(map[string]bool, 8)
		}
		if key := at.name(); seen[key] {
			s.found.add(issueDuplicateKey, at.path(s.root), "the object has this key twice, and only one of the values would count: remove or rename the other")
		} else {
			seen[key] = true
		}
		s.next()
		s.at++ // the colon
		s.value(&at)
	}
	s.at++
}

func (s *keyScan) array(around *place) {
	s.at++
	at := place{around: around}
	for c := s.next(); c != ']' && c != 0; c = s.next() {
		if c == ',' {
			s.at++
			at.index++
			continue
		}
		s.value(&at)
	}
	s.at++
}

// skip passes over a value.
func (s *keyScan) skip() {
	for depth := 0; s.at < len(s.text); {
		switch c := s.text[s.at]; {
		case c == '"':
			s.string()
		case c == '{' || c == '[':
			s.at++
			depth++
			continue
		case depth > 0 && (c == '}' || c == ']'):
			s.at++
			depth--
		case depth > 0:
			s.at++
			continue
		default: // a number or a word
			for s.at < len(s.text) && !isEnd(s.text[s.at]) {
				s.at++
			}
			return
		}
		if depth == 0 {
			return
		}
	}
}

// string returns a string with its quotes.
func (s *keyScan) string() []byte {
	start := s.at
	for s.at++; s.at < len(s.text) && s.text[s.at] != '"'; s.at++ {
		if s.text[s.at] == '\\' {
			s.at++
		}
	}
	s.at++
	return s.text[start:min(s.at, len(s.text))]
}

// next skips white space, and returns the byte behind it, 0 at the end.
func (s *keyScan) next() byte {
	for ; s.at < len(s.text); s.at++ {
		if c := s.text[s.at]; c > ' ' {
			return c
		}
	}
	return 0
}

func isEnd(c byte) bool { return c <= ' ' || c == ',' || c == ']' || c == '}' }

// name returns the key without quotes and escapes.
func (p *place) name() string {
	for _, c := range p.key {
		if c == '\\' || c >= 0x80 {
			var name string
			_ = json.Unmarshal(p.key, &name) // the text is valid
			return name
		}
	}
	return string(p.key[1 : len(p.key)-1])
}

func (p *place) path(root string) string {
	switch {
	case p == nil:
		return root
	case p.key == nil:
		return fmt.Sprintf("%s[%d]", p.around.path(root), p.index)
	}
	return keyPath(p.around.path(root), p.name())
}
