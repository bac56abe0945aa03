package decide

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/flowcraft-go/flowcraft/internal/rawjson"
)

// InputHash identifies the value of a run's input: spaces, escapes and the order of keys
// do not count, and no input is null.
func InputHash(input json.RawMessage) string { return hash(canonical(input)) }

// HasInput reports whether a recorded hash is that of an input. Runs that older workers
// have started have a hash of the text.
func HasInput(recorded string, input json.RawMessage) bool {
	return recorded == InputHash(input) || recorded == hash(input)
}

func hash(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// canonical returns the one text of a value; of invalid JSON, the text itself.
func canonical(input json.RawMessage) json.RawMessage {
	if input == nil {
		return rawjson.Null
	}
	var value any
	d := json.NewDecoder(bytes.NewReader(input))
	d.UseNumber()
	if d.Decode(&value) != nil {
		return input
	}
	text, err := rawjson.Encode(value)
	if err != nil {
		return input
	}
	return text
}
