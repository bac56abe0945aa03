package flow

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/flowcraft-go/flowcraft/internal/rawjson"
)

// object is a JSON object within a blueprint. Its methods read one key each; a value
// of the wrong type is reported and reads as absent, and null reads as absent too.
type object struct {
	found  *issues
	path   string
	fields map[string]json.RawMessage
}

// aroundParams is the number of a blueprint's levels around the params of a node.
const aroundParams = 3

// parseDocument reads a whole text that must be one object.
func parseDocument(found *issues, data []byte) (object, bool) {
	data = rawjson.TrimMark(data)
	if err := rawjson.CheckDepthIn("the text", data, -aroundParams); err != nil {
		found.add(issueInvalidJSON, "", "%v", err)
		return object{}, false
	}
	var fields map[string]json.RawMessage
	err := json.Unmarshal(data, &fields)
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		found.add(issueInvalidJSON, "", "%s: %v", position(data, int(syntax.Offset)-1), err)
		return object{}, false
	}
	if at := invalidUTF8(data); at >= 0 {
		found.add(issueInvalidJSON, "", "%s: the text is not UTF-8: save it in that encoding", position(data, at))
		return object{}, false
	}
	if err != nil || fields == nil {
		found.add(issueInvalidJSON, "", "a blueprint is a JSON object, not %s", rawjson.Kind(bytes.TrimSpace(data)))
		return object{}, false
	}
	checkKeys(found, "", data)
	return object{found, "", fields}, true
}

func invalidUTF8(data []byte) int {
	for at := 0; at < len(data); {
		r, size := utf8.DecodeRune(data[at:])
		if r == utf8.RuneError && size == 1 {
			return at
		}
		at += size
	}
	return -1
}

// position returns the line and column of the byte at offset, as editors count.
func position(data []byte, offset int) string {
	before := data[:min(max(offset, 0), len(data))]
	line := 1 + bytes.Count(before, []byte("\n"))
	column := 1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
	return fmt.Sprintf("line %d, column %d", line, column)
}

// decode reads a value of the type that wanted names, and returns the zero value if
// it has another.
func decode[T any](found *issues, path string, raw json.RawMessage, wanted string) (T, bool) {
	var v, zero T
	if rawjson.IsNull(raw) || json.Unmarshal(raw, &v) != nil {
		found.invalid(path, "it must be %s, not %s", wanted, rawjson.Kind(raw))
		return zero, false
	}
	return v, true
}

func asObject(found *issues, path string, raw json.RawMessage) (object, bool) {
	fields, ok := decode[map[string]json.RawMessage](found, path, raw, "an object")
	return object{found, path, fields}, ok
}

func (o object) at(key string) string { return keyPath(o.path, key) }

func (o object) get(key string) (json.RawMessage, bool) {
	raw, ok := o.fields[key]
	return raw, ok && !rawjson.IsNull(raw)
}

func (o object) object(key string) (object, bool) {
	raw, ok := o.get(key)
	if !ok {
		return object{}, false
	}
	return asObject(o.found, o.at(key), raw)
}

// compact returns the text of an object, without white space.
func (o object) compact(key string) json.RawMessage {
	raw, _ := o.get(key)
	if _, ok := o.object(key); !ok {
		return nil
	}
	return rawjson.Compact(raw)
}

func (o object) array(key string) []json.RawMessage {
	raw, ok := o.get(key)
	if !ok {
		return nil
	}
	items, _ := decode[[]json.RawMessage](o.found, o.at(key), raw, "an array")
	return items
}

func (o object) text(key string) string {
	raw, ok := o.get(key)
	if !ok {
		return ""
	}
	s, _ := decode[string](o.found, o.at(key), raw, "a string")
	return s
}

func (o object) boolean(key string) bool {
	raw, ok := o.get(key)
	if !ok {
		return false
	}
	v, _ := decode[bool](o.found, o.at(key), raw, "true or false")
	return v
}

// texts reads an array of strings, and returns nil if it is empty.
func (o object) texts(key string) (texts []string) {
	for i, raw := range o.array(key) {
		s, _ := decode[string](o.found, fmt.Sprintf("%s[%d]", o.at(key), i), raw, "a string")
		texts = append(texts, s)
	}
	return texts
}

// factor reads a number of at least 1, and returns 0 if it is absent.
func (o object) factor(key string) float64 {
	raw, ok := o.get(key)
	if !ok {
		return 0
	}
	v, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || v < 1 {
		o.found.invalid(o.at(key), "it must be a number of at least 1, not %s", truncate(string(raw), 40))
		return 0
	}
	return v
}

// whole reads a whole number from least to most, and returns 0 if it is absent.
func (o object) whole(key string, least, most int64) int64 {
	raw, ok := o.get(key)
	if !ok {
		return 0
	}
	v, ok := wholeNumber(string(raw))
	if !ok || v < least || v > most {
		o.found.invalid(o.at(key), "it must be a whole number from %d to %d, not %s", least, most, truncate(string(raw), 40))
		return 0
	}
	return v
}

// wholeNumber also accepts 1000.0 and 1e3, which equal 1000 in JSON.
func wholeNumber(text string) (int64, bool) {
	if v, err := strconv.ParseInt(text, 10, 64); err == nil {
		return v, true
	}
	v, err := strconv.ParseFloat(text, 64)
	return int64(v), err == nil && v == math.Trunc(v) && math.Abs(v) < 1<<53
}

// maxMillis is the longest duration, in milliseconds.
const maxMillis = int64(math.MaxInt64 / time.Millisecond)

// millis reads a number of milliseconds.
func (o object) millis(key string, least int64) time.Duration {
	return time.Duration(o.whole(key, least, maxMillis)) * time.Millisecond
}

// only reports the keys that are not among the known ones.
func (o object) only(known ...string) {
	for _, key := range slices.Sorted(maps.Keys(o.fields)) {
		if !slices.Contains(known, key) {
			o.found.add(issueUnknownField, o.at(key), "there is no such key here: correct or remove it (known are %s)", strings.Join(known, ", "))
		}
	}
}
