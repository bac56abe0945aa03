package expression

import "bytes"

// walker iterates over the elements of an array or the members of an object. The
// JSON it reads is valid. It stops early when the evaluation has failed.
type walker struct {
	limits *limits
	v      value
	at     int // in raw, or in parts
	key    []byte
	name   string
	item   value
}

// walk goes through v, which must be an array or object.
func walk(l *limits, v value) *walker {
	l.charge(len(v.raw))
	return &walker{limits: l, v: v}
}

// itemWork is the cost of reading one item, in bytes of work.
const itemWork = 32

func (w *walker) next() bool {
	if !w.limits.charge(itemWork) {
		return false
	}
	if w.v.raw == nil {
		return w.nextPart()
	}
	w.skip(",[{")
	if c := w.v.raw[w.at]; c == ']' || c == '}' {
		return false
	}
	if w.v.kind == objectKind {
		w.key = w.scan()
		w.skip(":")
	}
	w.item = jsonValue(w.scan())
	return true
}

func (w *walker) nextPart() bool {
	if w.at == len(w.v.parts.items) {
		return false
	}
	if w.v.kind == objectKind {
		w.name = w.v.parts.keys[w.at]
	}
	w.item = w.v.parts.items[w.at]
	w.at++
	return true
}

// isKey reports whether the member has this key, in most cases without decoding.
func (w *walker) isKey(key string) bool {
	if w.v.raw == nil {
		return w.name == key
	}
	if bytes.IndexByte(w.key, '\\') < 0 {
		return string(w.key[1:len(w.key)-1]) == key
	}
	return decodeText(w.key) == key
}

func (w *walker) keyText() string {
	if w.v.raw == nil {
		return w.name
	}
	return decodeText(w.key)
}

// skip skips space and one of the given symbols.
func (w *walker) skip(symbols string) {
	for ; ; w.at++ {
		switch c := w.v.raw[w.at]; {
		case c == ' ', c == '\n', c == '\t', c == '\r':
		case symbols != "" && bytes.IndexByte([]byte(symbols), c) >= 0:
			symbols = ""
		default:
			return
		}
	}
}

// scan returns the value at the current place and skips it.
func (w *walker) scan() []byte {
	from, depth := w.at, 0
	for {
		switch w.v.raw[w.at] {
		case '"':
			w.scanText()
		case '[', '{':
			depth++
			w.at++
		case ']', '}':
			depth--
			w.at++
		case ',', ':', ' ', '\n', '\t', '\r':
			w.at++
		default:
			w.scanWord()
		}
		if depth == 0 {
			return w.v.raw[from:w.at]
		}
	}
}

func (w *walker) scanText() {
	for w.at++; w.v.raw[w.at] != '"'; w.at++ {
		if w.v.raw[w.at] == '\\' {
			w.at++
		}
	}
	w.at++
}

// scanWord skips a number, true, false or null.
func (w *walker) scanWord() {
	for {
		switch w.v.raw[w.at] {
		case ',', ':', ']', '}', ' ', '\n', '\t', '\r':
			return
		}
		w.at++
	}
}
