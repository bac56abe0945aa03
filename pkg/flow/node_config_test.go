package flow

import (
	"encoding/json"
	"os"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/internal/docs/docstest"
)

var everyKey = NodeConfig{
	MaxRetries: 3, RetryDelay: 1500 * time.Millisecond, Backoff: &Backoff{Factor: 1.5, MaxDelay: time.Minute, Jitter: true},
	RetryOn: []string{"timeout", "a<b"}, Timeout: 15 * time.Second, Fallback: "b & c", JoinStrategy: JoinAny, Semantics: AtMostOnce,
	IdempotencyKey: "'charge-' + input.id", NoMatch: "fail", Apart: true,
}

// Runs find their blueprint by its hash: a stored blueprint must always be written in
// the same way.
func TestHashesStay(t *testing.T) {
	t.Parallel()
	first := everyKey // the keys of the first version
	first.IdempotencyKey, first.NoMatch, first.Apart = "", "", false
	literal := &Blueprint{ID: "every-key", Nodes: []Node{
		{ID: "a", Uses: "pass", Config: first}, {ID: "b & c", Uses: "pass", Config: NodeConfig{Backoff: &Backoff{}}},
	}}
	for name, test := range map[string]struct {
		blueprint *Blueprint
		want      string
	}{
		"order":     {parseFile(t, "../../blueprints/order.json"), "b4654feb86c9ed4c9ad2112752e577b26de4ac1db1f66e2dd6cf15f18f0dbc3f"},
		"smoke":     {parseFile(t, "../../blueprints/smoke.json"), "a34068d3dc81f9d7fe2fd0e5ad95fcc730641fe363bf8e334f600741c1f272f0"},
		"editor":    {parseFile(t, "testdata/editor.json"), "6eddc9afa6d880b3f35f7e1e40ebd121a37f9618f2e810ceea8cde529a68f6aa"},
		"every_key": {literal, "2fc5bc971f5f611a306b3dbd9d8257d19a9ac1d0ff652efecf816d6d966bfa44"},
	} {
		hash, err := test.blueprint.Hash()
		if err != nil || hash != test.want {
			body, _ := test.blueprint.Body()
			t.Errorf("%s: hash %s, %v, want %s of\n%s", name, hash, err, test.want, body)
		}
	}
}

func parseFile(t *testing.T, path string) *Blueprint {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b, err := ParseBlueprint(data)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Each field of a config, set alone, is written and read again: every field has a
// key.
func TestEveryFieldOfAConfigHasAKey(t *testing.T) {
	t.Parallel()
	configs := map[string]NodeConfig{}
	for field, value := range reflect.ValueOf(everyKey).Fields() {
		var c NodeConfig
		reflect.ValueOf(&c).Elem().FieldByIndex(field.Index).Set(value)
		configs[field.Name] = c
	}
	for field, value := range reflect.ValueOf(*everyKey.Backoff).Fields() {
		c := NodeConfig{Backoff: &Backoff{}}
		reflect.ValueOf(c.Backoff).Elem().FieldByIndex(field.Index).Set(value)
		configs["Backoff."+field.Name] = c
	}
	for name, want := range configs {
		if want.IsZero() {
			t.Errorf("%s: a config that has it counts as default", name)
		}
		var got NodeConfig
		data, err := json.Marshal(want)
		if err == nil {
			err = json.Unmarshal(data, &got)
		}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %s reads as another config, %v (-want +got):\n%s", name, data, err, diff)
		}
	}
	if !(NodeConfig{RetryOn: []string{}}).IsZero() {
		t.Error("a config with an empty list is not default")
	}
}

func TestConfigKeysAreDocumented(t *testing.T) {
	t.Parallel()
	var rows [][]string
	for _, key := range configKeys.docs() {
		if key.doc == "" || key.form == "" {
			t.Errorf("%s has no documentation", key.name)
		}
		rows = append(rows, []string{"`" + key.name + "`", key.form, key.doc})
	}
	docstest.Generated(t, "../../docs/nodes.md", "the keys of config", docstest.Table([]string{"key", "value", "meaning"}, rows))
}
