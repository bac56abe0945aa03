package flow

import (
	"encoding/json"
	"iter"
	"strconv"
	"strings"
)

// inputOf is the input of a task: what its inputs name, or else what its
// incoming edges carry. in is the source that fired an "any" join.
func (v *view) inputOf(task TaskKey, in string) (json.RawMessage, error) {
	inputs := v.nodes[task.Node].Inputs
	switch {
	case inputs.Fields != nil:
		fields := make(map[string]json.RawMessage, len(inputs.Fields))
		for field, name := range inputs.Fields {
			fields[field] = v.named(name, task.Scope)
		}
		return encodeValue(fields)
	case inputs.Name != "":
		if transformed := v.transformed(task, in); transformed != nil {
			return transformed, nil
		}
		return v.named(inputs.Name, task.Scope), nil
	case v.primary[task.Node] != "":
		failed := TaskKey{v.primary[task.Node], task.Scope}
		return v.inputOf(failed, v.tasks[failed].In)
	case v.isStart(task.Node):
		return orNull(v.input), nil
	default:
		return v.carried(task, in)
	}
}

// carried is what the incoming edges carry: of one predecessor, or into an
// "any" join, the value itself; into an "all" join always an object by source.
func (v *view) carried(task TaskKey, in string) (json.RawMessage, error) {
	sources := v.sources[task.Node]
	if v.isAnyJoin(task.Node) {
		sources = []string{in}
	}
	if len(sources) == 1 {
		return v.edgeValue(task, sources[0]), nil
	}
	values := map[string]json.RawMessage{}
	for _, source := range sources {
		if value := v.edgeValue(task, source); value != nil {
			values[source] = value
		}
	}
	return encodeValue(values)
}

// edgeValue is what the last taken edge from source carries; nil if none was taken.
func (v *view) edgeValue(task TaskKey, source string) json.RawMessage {
	edges, from := v.takenInto(task, source)
	if len(edges) == 0 {
		return nil
	}
	if value := edges[len(edges)-1].Value; value != nil {
		return value
	}
	return orNull(from.Output)
}

// transformed is the value that a transform on a taken edge made of a node's
// named input; nil if none did.
func (v *view) transformed(task TaskKey, in string) (value json.RawMessage) {
	last := -1
	for _, source := range v.sources[task.Node] {
		if v.isAnyJoin(task.Node) && source != in {
			continue
		}
		edges, _ := v.takenInto(task, source)
		for _, taken := range edges {
			if taken.Value != nil && taken.Index > last {
				last, value = taken.Index, taken.Value
			}
		}
	}
	return value
}

// firedBy is the source that an "any" join takes its input from: the first to
// arrive, or else the first taken one in the order of edges.
func (v *view) firedBy(task TaskKey, first string) string {
	if !v.isAnyJoin(task.Node) || first != "" {
		return first
	}
	for _, source := range v.sources[task.Node] {
		if edges, _ := v.takenInto(task, source); len(edges) > 0 {
			return source
		}
	}
	return ""
}

// named resolves a name of inputs: whole, then as the longest node id or
// context key followed by a path. With a leading underscore it is a context key
// only, of which _outputs.ID is the node's output. What is not there is null.
func (v *view) named(name, scope string) json.RawMessage {
	for candidate, path := range nameCandidates(name) {
		value, ok := v.output(strings.TrimPrefix(candidate, outputKey), scope)
		if !ok || strings.HasPrefix(name, "_") && !strings.HasPrefix(name, outputKey) {
			value, ok = v.contextKey(candidate)
		}
		if ok {
			return member(value, path)
		}
	}
	return null
}

// nameCandidates yields the ways to read a name: whole, then as every prefix
// before a dot, longest first, with the path behind it.
func nameCandidates(name string) iter.Seq2[string, string] {
	return func(yield func(candidate, path string) bool) {
		if name == "" || !yield(name, "") {
			return
		}
		for i := len(name) - 1; i > 0; i-- {
			if name[i] == '.' && !yield(name[:i], name[i+1:]) {
				return
			}
		}
	}
}

// member follows a dotted path into a value, keeping the text of what it finds.
func member(value json.RawMessage, path string) json.RawMessage {
	for path != "" {
		var segment string
		segment, path, _ = strings.Cut(path, ".")
		value = field(value, segment)
		if value == nil {
			return null
		}
	}
	return value
}

func field(value json.RawMessage, name string) json.RawMessage {
	if len(value) > 0 && value[0] == '[' {
		var items []json.RawMessage
		i, err := strconv.Atoi(name)
		if err != nil || strconv.Itoa(i) != name || json.Unmarshal(value, &items) != nil || i < 0 || i >= len(items) {
			return nil
		}
		return items[i]
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(value, &fields) != nil {
		return nil
	}
	return fields[name]
}
