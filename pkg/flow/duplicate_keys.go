package flow

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// checkKeys reports each key that stands twice in one object, anywhere in a valid text:
// parsers would drop all values but one.
func checkKeys(found *issues, path string, text []byte) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	checkKeysOf(found, path, d)
}

// checkKeysOf reads one value. Texts are nested as deep as [rawjson.MaxDepth] allows.
func checkKeysOf(found *issues, path string, d *json.Decoder) {
	token, err := d.Token()
	if err != nil {
		return
	}
	switch token {
	case json.Delim('['):
		for i := 0; d.More(); i++ {
			checkKeysOf(found, fmt.Sprintf("%s[%d]", path, i), d)
		}
	case json.Delim('{'):
		seen := map[string]bool{}
		for d.More() {
			token, err := d.Token()
			key, ok := token.(string)
			if err != nil || !ok {
				return
			}
			at := keyPath(path, key)
			if seen[key] {
				found.add(issueDuplicateKey, at, "the object has this key twice, and only one of the values would count: remove or rename the other")
			}
			seen[key] = true
			checkKeysOf(found, at, d)
		}
	default:
		return
	}
	_, _ = d.Token() // the end of the array or object
}
