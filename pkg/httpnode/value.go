package httpnode

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/flowcraft-go/flowcraft/internal/rawjson"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// scalar returns a string, a number, a boolean or null as text.
func scalar(value json.RawMessage) (text string, ok bool) {
	switch value[0] {
	case '{', '[':
		return "", false
	case '"':
		return text, json.Unmarshal(value, &text) == nil
	}
	return string(value), true
}

// required returns the text of an expression whose value must be there.
func required(e *flow.Expression, task *flow.Task, param string) (string, error) {
	value, err := e.Eval(task)
	if err != nil {
		return "", err
	}
	text, ok := scalar(value)
	if !ok || rawjson.IsNull(value) {
		return "", wrong(fmt.Errorf("the value of params.%s is %s: it must be a string, a number or a boolean", param, rawjson.Kind(value)))
	}
	return text, nil
}

// pair is a parameter of a query or a field of a form.
type pair struct{ name, value string }

// pairs returns the values by the order of their names: a list gives one pair for each
// of its values, and null gives none.
func pairs(expressions map[string]*flow.Expression, task *flow.Task, param string) (all []pair, err error) {
	for _, name := range slices.Sorted(maps.Keys(expressions)) {
		some, err := pairsOf(name, expressions[name], task, param)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// pairsOf returns the values of one name.
func pairsOf(name string, expression *flow.Expression, task *flow.Task, param string) (all []pair, err error) {
	value, err := expression.Eval(task)
	if err != nil {
		return nil, err
	}
	values, fault := list(value)
	if fault != "" {
		return nil, wrong(fmt.Errorf("the value of params.%s.%s %s: it must be a string, a number, a boolean, null or a list of these", param, name, fault))
	}
	for _, text := range values {
		all = append(all, pair{name, text})
	}
	return all, nil
}

// list returns the texts of a value and of a list, without those that are null.
func list(value json.RawMessage) (texts []string, fault string) {
	values := []json.RawMessage{value}
	inList := value[0] == '['
	if inList && json.Unmarshal(value, &values) != nil {
		return nil, "is no list"
	}
	for _, v := range values {
		text, ok := scalar(v)
		switch {
		case !ok && inList:
			return nil, "has " + rawjson.Kind(v) + " in its list"
		case !ok:
			return nil, "is " + rawjson.Kind(v)
		case !rawjson.IsNull(v):
			texts = append(texts, text)
		}
	}
	return texts, ""
}

// encode joins pairs, each name and value encoded with escape.
func encode(all []pair, escape func(string) string) string {
	texts := make([]string, len(all))
	for i, p := range all {
		texts[i] = escape(p.name) + "=" + escape(p.value)
	}
	return strings.Join(texts, "&")
}

// hasControl reports whether a text has a character that no header carries.
func hasControl(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
}
