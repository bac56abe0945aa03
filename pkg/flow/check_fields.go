package flow

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/flowcraft-go/flowcraft/internal/rawjson"
)

// The checks here apply to each field by itself, for parsed blueprints and for
// literals.

func checkBlueprint(found *issues, b *Blueprint) {
	checkID(found, "id", b.ID)
	checkObject(found, "metadata", b.Metadata)
	checkMetadata(found, b)
	if len(b.Nodes) == 0 {
		found.add(issueEmpty, "nodes", "there is no node: a run of it would have nothing to do")
	}
}

func checkNode(found *issues, path string, n Node) {
	checkID(found, path+".id", n.ID)
	checkRequired(found, path+".uses", n.Uses)
	checkObject(found, path+".params", n.Params)
	checkInputs(found, path+".inputs", n.Inputs)
	configKeys.check(found, path+".config", &n.Config)
}

func checkEdge(found *issues, path string, e Edge) {
	checkRequired(found, path+".source", e.Source)
	checkRequired(found, path+".target", e.Target)
	checkText(found, path+".action", e.Action)
	checkText(found, path+".condition", e.Condition)
	checkText(found, path+".transform", e.Transform)
	if e.Otherwise && (e.Action != "" || e.Condition != "") {
		found.invalid(path+".otherwise", "the edge has an action or a condition too, but is to be taken when no other edge is: remove the one or the other")
	}
}

func checkRequired(found *issues, path, text string) {
	if text == "" {
		found.invalid(path, "it is missing or empty, and required")
	}
	checkText(found, path, text)
}

// checkText refuses a text that is not UTF-8, since a different text would be stored.
func checkText(found *issues, path, text string) {
	if !utf8.ValidString(text) {
		found.invalid(path, "it is not valid UTF-8")
	}
}

func checkObject(found *issues, path string, raw json.RawMessage) {
	text := bytes.TrimSpace(raw)
	if len(text) == 0 || rawjson.IsNull(text) {
		return
	}
	if err := rawjson.CheckDepth("it", text); err != nil {
		found.invalid(path, "%v", err)
		return
	}
	if text[0] != '{' || !json.Valid(text) || !utf8.Valid(text) {
		found.invalid(path, "it must be a JSON object")
	}
}

func checkInputs(found *issues, path string, in Inputs) {
	checkText(found, path, in.Name)
	if in.Name != "" && in.Fields != nil {
		found.invalid(path, "it has both a Name and Fields: set one of them")
	}
	for _, key := range slices.Sorted(maps.Keys(in.Fields)) {
		checkText(found, keyPath(path, key), key)
		checkRequired(found, keyPath(path, key), in.Fields[key])
	}
}

// checkDuration refuses durations that are negative or no whole number of
// milliseconds: the blueprint's JSON cannot hold them.
func checkDuration(found *issues, path string, d time.Duration) {
	if d < 0 || d%time.Millisecond != 0 {
		found.invalid(path, "it must be a whole number of milliseconds, not %s", d)
	}
}

func checkOneOf[T ~string](found *issues, path string, value T, known ...T) {
	if value != "" && !slices.Contains(known, value) {
		found.invalid(path, "it must be one of %q, not %q", known, value)
	}
}
