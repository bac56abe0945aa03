package decide_test

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"github.com/flowcraft-go/flowcraft/internal/decide"
)

func TestInputHash(t *testing.T) {
	t.Parallel()
	input := []byte(`{"a":1.0,"b":["é",null]}`)
	for _, same := range []string{`{"a":1.0,"b":["é",null]}`, ` {"b" : ["\u00e9", null], "a":1.0} `} {
		if decide.InputHash([]byte(same)) != decide.InputHash(input) {
			t.Errorf("%s has another hash than %s", same, input)
		}
	}
	for _, other := range []string{`{"a":1,"b":["é",null]}`, `{"a":1.0,"b":["e",null]}`, `{"a":1.0}`, `null`, `{`} {
		if decide.InputHash([]byte(other)) == decide.InputHash(input) {
			t.Errorf("%s has the hash of %s", other, input)
		}
	}
	if decide.InputHash(nil) != decide.InputHash([]byte("null")) {
		t.Error("no input is not null")
	}
	sum := sha256.Sum256(input)
	if text := []byte(` {"b":["é",null],"a":1.0}`); !decide.HasInput(hex.EncodeToString(sum[:]), input) || !decide.HasInput(decide.InputHash(input), text) || decide.HasInput(decide.InputHash(nil), input) {
		t.Error("the hash of an older worker, or the canonical one, is not recognised")
	}
}
