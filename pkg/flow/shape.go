package flow

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"
	"unicode/utf8"
)

// maxIDLength bounds ids and context keys, in bytes. Escaped, each byte may be
// three: outside of scopes a node's key has at most 770 bytes of DynamoDB's 1,024.
const maxIDLength = 255

// The checks here hold for each field by itself. A parsed blueprint and one
// written as a literal go through the same ones.

func checkBlueprint(f *faults, b *Blueprint) {
	checkID(f, "id", b.ID)
	checkObject(f, "metadata", b.Metadata)
	checkVersion(f, "metadata.version", b.Metadata)
	if len(b.Nodes) == 0 {
		f.add(issueEmpty, "nodes", "there is no node: a run of it would have nothing to do")
	}
}

func checkVersion(f *faults, path string, metadata json.RawMessage) {
	var meta map[string]json.RawMessage
	if json.Unmarshal(metadata, &meta) != nil {
		return
	}
	if version, ok := meta["version"]; ok && !isNull(version) && version[0] != '"' {
		f.invalid(path, "it must be a string, not %s", kindOf(version))
	}
}

func checkNode(f *faults, path string, n Node) {
	checkID(f, path+".id", n.ID)
	checkRequired(f, path+".uses", n.Uses)
	checkObject(f, path+".params", n.Params)
	checkInputs(f, path+".inputs", n.Inputs)
	checkConfig(f, path+".config", n.Config)
}

func checkEdge(f *faults, path string, e Edge) {
	checkRequired(f, path+".source", e.Source)
	checkRequired(f, path+".target", e.Target)
	checkText(f, path+".action", e.Action)
	checkText(f, path+".condition", e.Condition)
	checkText(f, path+".transform", e.Transform)
}

func checkID(f *faults, path, id string) {
	checkRequired(f, path, id)
	if len(id) > maxIDLength {
		f.add(issueIDTooLong, path, "it has %d bytes: at most %d are allowed", len(id), maxIDLength)
	}
}

func checkRequired(f *faults, path, text string) {
	if text == "" {
		f.invalid(path, "it is missing or empty, and required")
	}
	checkText(f, path, text)
}

// checkText refuses what would be stored as a different text.
func checkText(f *faults, path, text string) {
	if !utf8.ValidString(text) {
		f.invalid(path, "it is not valid UTF-8")
	}
}

func checkObject(f *faults, path string, raw json.RawMessage) {
	text := bytes.TrimSpace(raw)
	if len(text) == 0 || isNull(text) {
		return
	}
	if text[0] != '{' || !json.Valid(text) || !utf8.Valid(text) {
		f.invalid(path, "it must be a JSON object")
	}
}

func checkInputs(f *faults, path string, in Inputs) {
	checkText(f, path, in.Name)
	if in.Name != "" && in.Fields != nil {
		f.invalid(path, "it has both a Name and Fields: set one of them")
	}
	for _, key := range slices.Sorted(maps.Keys(in.Fields)) {
		checkText(f, keyPath(path, key), key)
		checkRequired(f, keyPath(path, key), in.Fields[key])
	}
}

func checkConfig(f *faults, path string, c NodeConfig) {
	if c.MaxRetries < 0 || c.MaxRetries > math.MaxInt32 {
		f.invalid(path+".maxRetries", "it must be a whole number from 1 to %d (0, the default, means 1), not %d", math.MaxInt32, c.MaxRetries)
	}
	checkDuration(f, path+".retryDelay", c.RetryDelay)
	if b := c.Backoff; b != nil {
		if b.Factor != 0 && !(b.Factor >= 1 && b.Factor <= math.MaxFloat64) {
			f.invalid(path+".backoff.factor", "it must be a number of at least 1, not %v", b.Factor)
		}
		checkDuration(f, path+".backoff.maxDelay", b.MaxDelay)
	}
	for i, code := range c.RetryOn {
		checkRequired(f, fmt.Sprintf("%s.retryOn[%d]", path, i), code)
	}
	checkDuration(f, path+".timeout", c.Timeout)
	checkText(f, path+".fallback", c.Fallback)
	checkOneOf(f, path+".joinStrategy", c.JoinStrategy, JoinAll, JoinAny)
	checkOneOf(f, path+".semantics", c.Semantics, AtLeastOnce, AtMostOnce)
}

// checkDuration refuses what a blueprint's JSON, in milliseconds, cannot say.
func checkDuration(f *faults, path string, d time.Duration) {
	if d < 0 || d%time.Millisecond != 0 {
		f.invalid(path, "it must be a whole number of milliseconds, not %s", d)
	}
}

func checkOneOf[T ~string](f *faults, path string, value T, known ...T) {
	if value != "" && !slices.Contains(known, value) {
		f.invalid(path, "it must be one of %q, not %q", known, value)
	}
}
