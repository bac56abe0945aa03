package flow

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A valid object has the members that encoding/json reads from it.
func FuzzMembers(f *testing.F) {
	for _, text := range []string{
		`{}`, ` { "a" : 1 , "b":[{"c":"]}"},[ ]],"":"\\\"" , "é\u00e9":null}` + "\n", `{"a":{"a":{}},"x":"}", "y":-1.5e3}`, `{"a":1,"a":[2]}`, `[1]`, `null`, `"{}"`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var want map[string]json.RawMessage
		if json.Unmarshal([]byte(text), &want) != nil {
			return // no object
		}
		got, _ := members([]byte(text))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("members of %s (-want +got):\n%s", text, diff)
		}
	})
}
