package dynamo

import (
	"strings"
	"testing"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

func TestKeys(t *testing.T) {
	t.Parallel()
	task := state.TaskKey{Node: "a/b", Scope: "poll.3/batch[17]"}
	l := testLayout
	tests := map[string]struct {
		got  place
		want string
	}{
		"a run":                 {l.run("r:1"), "status: r:1"},
		"its input":             {l.input("r:1", "ab12"), "context: r:1 input#ab12"},
		"its input, format 1":   {l.input("r:1", ""), "context: r:1 input"},
		"a node":                {l.task("r:1", state.TaskKey{Node: "ship"}), "context: r:1 node#ship"},
		"a node in a loop":      {l.task("r:1", state.TaskKey{Node: "ship", Scope: "poll.3"}), "context: r:1 node#ship@poll.3"},
		"a node in a batch":     {l.task("r:1", task), "context: r:1~4 node#a%2Fb@poll.3%2Fbatch[17]"},
		"a node with all signs": {l.task("r:1", state.TaskKey{Node: "#@/%"}), "context: r:1 node#%23%40%2F%25"},
		"a context key":         {l.value("r:1", "cart@home"), "context: r:1 ctx#cart%40home"},
		"a part":                {l.part("r:1", "ab12", 3), "context: r:1~ab12#3 part"},
		"a join":                {l.join("r:1", state.JoinKey{TaskKey: task}), "coordination: join#r:1#a%2Fb@poll.3%2Fbatch[17]"},
		"a shard of a join":     {l.join("r:1", state.JoinKey{TaskKey: state.TaskKey{Node: "j"}, Shard: 2}), "coordination: join#r:1#j#2"},
		"a run's end":           {l.join("r:1", state.JoinKey{}), "coordination: end#r:1"},
		"a shard of the end":    {l.join("r:1", state.JoinKey{Shard: 1}), "coordination: end#r:1#1"},
		"a timer":               {l.timer(state.Timer{RunID: "r:1", TaskKey: task, Attempt: 2}), "coordination: timer#r:1#a%2Fb@poll.3%2Fbatch[17]#2"},
		"a blueprint":           {l.blueprint(state.BlueprintKey{ID: "or/der~1", Hash: "ab12"}), "context: blueprint@or%2Fder%7E1 ab12"},
	}
	for name, test := range tests {
		got := test.got.table + ": " + strings.TrimSpace(test.got.partition+" "+test.got.key)
		if got != test.want {
			t.Errorf("%s: key = %q, want %q", name, got, test.want)
		}
	}
}

func TestKeys_of_ids_that_look_alike_differ(t *testing.T) {
	t.Parallel()
	alike := []state.TaskKey{
		{Node: "a@b"}, {Node: "a", Scope: "b"}, {Node: "a%40b"}, {Node: "a#1"}, {Node: "a%231"}, {Node: "a", Scope: "#1"},
		{Node: "a/b"}, {Node: "a%2Fb"}, {Node: "a", Scope: "x/y"}, {Node: "a", Scope: "x%2Fy"}, {Node: "a", Scope: "x@y"},
		{Node: "a@x", Scope: "y"}, {Node: "a%"}, {Node: "a%25"}, {Node: "input"}, {Node: "ctx#x"}, {Node: "a"}, {Node: "A"},
	}
	l := testLayout
	for name, key := range map[string]func(state.TaskKey) place{
		"node":  func(task state.TaskKey) place { return l.task("r", task) },
		"join":  func(task state.TaskKey) place { return l.join("r", state.JoinKey{TaskKey: task}) },
		"timer": func(task state.TaskKey) place { return l.timer(state.Timer{RunID: "r", TaskKey: task, Attempt: 1}) },
	} {
		seen := map[place]state.TaskKey{}
		for _, task := range alike {
			k := key(task)
			if other, ok := seen[k]; ok {
				t.Errorf("%s: %+v and %+v have the same key %q", name, task, other, k)
			}
			seen[k] = task
		}
	}
	for _, task := range alike {
		if got := parseTask(task.Key()); got != task {
			t.Errorf("parse(%q) = %+v, want %+v", task.Key(), got, task)
		}
	}
}

func FuzzTaskKey(f *testing.F) {
	f.Add("a@b", "poll.3/x%2F#")
	f.Fuzz(func(t *testing.T, node, scope string) {
		task := state.TaskKey{Node: node, Scope: scope}
		if got := parseTask(task.Key()); got != task {
			t.Errorf("parse(%q) = %+v, want %+v", task.Key(), got, task)
		}
	})
}
