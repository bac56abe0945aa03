package decide

import (
	"encoding/json"
	"iter"
	"strconv"
	"strings"

	"github.com/flowcraft-go/flowcraft/internal/rawjson"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// InputOf returns the input of a task: the values that its inputs name, or else those that
// its incoming edges carry. firedBy is the source that fired an "any" join.
func InputOf(v *View, task state.TaskKey, firedBy string) (json.RawMessage, error) {
	return resolver{v, task}.input(firedBy)
}

// resolver finds the values that reach a task.
type resolver struct {
	view *View
	task state.TaskKey
}

func (r resolver) input(firedBy string) (json.RawMessage, error) {
	g := r.view.graph()
	inputs := g.nodes[r.task.Node].Inputs
	switch {
	case inputs.Fields != nil:
		fields := make(map[string]json.RawMessage, len(inputs.Fields))
		for field, name := range inputs.Fields {
			fields[field] = r.named(name)
		}
		return rawjson.Encode(fields)
	case inputs.Name != "":
		if transformed := r.transformed(firedBy); transformed != nil {
			return transformed, nil
		}
		return r.named(inputs.Name), nil
	case g.primary[r.task.Node] != "":
		failed := state.TaskKey{Node: g.primary[r.task.Node], Scope: r.task.Scope}
		return InputOf(r.view, failed, r.view.Tasks[failed].FiredBy)
	case g.IsStart(r.task.Node):
		return rawjson.OrNull(r.view.Input), nil
	default:
		return r.carried(firedBy)
	}
}

// carried returns the values of the incoming edges: of one predecessor, or into an "any"
// join, the value itself; into an "all" join always an object by source.
func (r resolver) carried(firedBy string) (json.RawMessage, error) {
	sources := r.view.graph().sources[r.task.Node]
	if r.view.graph().IsAnyJoin(r.task.Node) {
		sources = []string{firedBy} //rule:any-join-input-by-first = sources[:1]
	}
	if len(sources) == 1 {
		return r.edgeValue(sources[0]), nil
	}
	values := map[string]json.RawMessage{}
	for _, source := range sources {
		if value := r.edgeValue(source); value != nil {
			values[source] = value
		}
	}
	return rawjson.Encode(values)
}

// edgeValue returns the value of the last taken edge from source; nil if none was taken.
func (r resolver) edgeValue(source string) json.RawMessage {
	edges, from := r.view.takenInto(r.task, source)
	if len(edges) == 0 {
		return nil
	}
	if value := edges[len(edges)-1].Value; value != nil {
		return value
	}
	return rawjson.OrNull(from.Output)
}

// transformed returns the value that a transform on a taken edge made of a node's named
// input; nil without one.
func (r resolver) transformed(firedBy string) (value json.RawMessage) {
	last := -1
	for _, source := range r.view.graph().sources[r.task.Node] {
		if r.view.graph().IsAnyJoin(r.task.Node) && source != firedBy {
			continue
		}
		edges, _ := r.view.takenInto(r.task, source)
		for _, taken := range edges {
			if taken.Value != nil && taken.Index > last {
				last, value = taken.Index, taken.Value
			}
		}
	}
	return value
}

// named resolves a name of inputs: first as a whole, then as the longest node id or
// context key followed by a path. A name with a leading underscore is a context key only;
// _outputs.ID is the node's output. An unknown name gives null.
func (r resolver) named(name string) json.RawMessage {
	for candidate, path := range nameCandidates(name) {
		value, ok := r.view.output(strings.TrimPrefix(candidate, outputKey), r.task.Scope)
		if !ok || strings.HasPrefix(name, "_") && !strings.HasPrefix(name, outputKey) {
			value, ok = r.view.contextKey(candidate, r.task)
		}
		if ok {
			return member(value, path)
		}
	}
	return rawjson.Null
}

// FiredBy returns the source that an "any" join takes its input from: the first to arrive,
// or else the first taken one in the order of edges.
func FiredBy(v *View, task state.TaskKey, first string) string {
	if !v.graph().IsAnyJoin(task.Node) || first != "" {
		return first
	}
	for _, source := range v.graph().sources[task.Node] {
		if edges, _ := v.takenInto(task, source); len(edges) > 0 {
			return source
		}
	}
	return ""
}

// nameCandidates yields the ways to read a name: as a whole, then every prefix before a
// dot, longest first, with the path behind it.
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

// member follows a dotted path into a value, keeping the text of the value found.
func member(value json.RawMessage, path string) json.RawMessage {
	for path != "" {
		var segment string
		segment, path, _ = strings.Cut(path, ".")
		value = field(value, segment)
		if value == nil {
			return rawjson.Null
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
