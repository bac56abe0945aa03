package flow

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// compiled returns the schema as decoded from its JSON, as an editor would read it.
func compiled(t *testing.T) schema {
	t.Helper()
	data, err := json.Marshal(blueprintSchema())
	if err != nil {
		t.Fatal(err)
	}
	var s schema
	if err := json.Unmarshal(data, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// valid reports whether a value fits a schema; it supports the keywords of our
// schema, and panics at another.
func valid(s schema, value any) bool {
	for keyword, wanted := range s {
		if !holds(s, keyword, wanted, value) {
			return false
		}
	}
	return true
}

func holds(s schema, keyword string, wanted, value any) bool {
	object, _ := value.(map[string]any)
	list, _ := value.([]any)
	text, isText := value.(string)
	number, isNumber := value.(float64)
	properties, _ := s["properties"].(map[string]any)
	switch keyword {
	case "$schema", "title", "description":
		return true
	case "type":
		return isA(wanted.(string), value)
	case "enum":
		return slices.Contains(wanted.([]any), value)
	case "minimum":
		return !isNumber || number >= wanted.(float64)
	case "maximum":
		return !isNumber || number <= wanted.(float64)
	case "minLength":
		return !isText || utf8.RuneCountInString(text) >= int(wanted.(float64))
	case "maxLength":
		return !isText || utf8.RuneCountInString(text) <= int(wanted.(float64))
	case "minItems":
		return list == nil || len(list) >= int(wanted.(float64))
	case "items":
		return !slices.ContainsFunc(list, func(item any) bool { return !valid(wanted.(map[string]any), item) })
	case "anyOf":
		return slices.ContainsFunc(wanted.([]any), func(one any) bool { return valid(one.(map[string]any), value) })
	case "required":
		return object == nil || !slices.ContainsFunc(wanted.([]any), func(key any) bool { return object[key.(string)] == nil })
	case "properties":
		for key, member := range object {
			if of, ok := properties[key].(map[string]any); ok && !valid(of, member) {
				return false
			}
		}
		return true
	case "additionalProperties":
		rest, isSchema := wanted.(map[string]any)
		if wanted == true {
			return true
		}
		for key, member := range object {
			if properties[key] == nil && (!isSchema || !valid(rest, member)) {
				return false
			}
		}
		return true
	}
	panic("unknown keyword " + keyword)
}

func isA(kind string, value any) bool {
	switch v := value.(type) {
	case map[string]any:
		return kind == "object"
	case []any:
		return kind == "array"
	case string:
		return kind == "string"
	case bool:
		return kind == "boolean"
	case float64:
		return kind == "number" || kind == "integer" && v == math.Trunc(v)
	}
	return false
}

// Every runnable blueprint of this repository fits the schema.
func TestBlueprintsFitTheSchema(t *testing.T) {
	t.Parallel()
	s, configs := compiled(t), 0
	for _, pattern := range []string{"../../blueprints/*.json", "../../internal/e2e/testdata/blueprints/*.json"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(paths), err)
		}
		for _, path := range paths {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var value any
			if err := json.Unmarshal(data, &value); err != nil {
				t.Fatal(err)
			}
			if !valid(s, value) {
				t.Errorf("%s does not fit the schema", path)
			}
			configs += strings.Count(string(data), `"config"`)
		}
	}
	if configs < 5 {
		t.Errorf("only %d of the nodes have a config", configs)
	}
}

// The schema accepts exactly the configs that the parser accepts, except values that
// are read as absent.
func TestSchemaAgreesWithTheParser(t *testing.T) {
	t.Parallel()
	s := compiled(t)
	values := []string{
		"null", "true", "0", "1", "-1", "1.5", "2.0", "1e3", "1e300", "2147483647", "2147483648", "9223372036854", "9223372036855000",
		`""`, `"x"`, `"any"`, `"ANY"`, `"at-most-once"`, "[]", `["timeout"]`, `["timeout",5]`, `[""]`, "{}",
		`{"factor":1.5,"maxDelay":60000,"jitter":true}`, `{"factor":0.5}`, `{"maxDelay":-1}`, `{"jitter":"full"}`, `{"max":1}`,
	}
	taken := 0
	for _, key := range append(configKeys.docs(), keyDoc{name: "unknown"}) {
		for _, value := range values {
			config := fmt.Sprintf(`{%q:%s}`, key.name, value)
			if outer, inner, ok := strings.Cut(key.name, "."); ok {
				config = fmt.Sprintf(`{%q:{%q:%s}}`, outer, inner, value)
			}
			text := node1(`"config":` + config)
			var document any
			if err := json.Unmarshal([]byte(text), &document); err != nil {
				t.Fatal(err)
			}
			_, err := ParseBlueprint([]byte(text))
			fits := valid(s, document)
			if absent := value == "null" || value == `""`; fits != (err == nil) && (fits || !absent) {
				t.Errorf("config %s: the schema says %t, the parser %v", config, fits, err)
			}
			if fits {
				taken++
			}
		}
	}
	if taken < 2*len(configKeys) {
		t.Errorf("the schema takes %d of the configs, want more", taken)
	}
}
