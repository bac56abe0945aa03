package dynamo

import (
	"testing"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

func TestKeys(t *testing.T) {
	t.Parallel()
	task := state.TaskKey{Node: "a/b", Scope: "poll.3/batch[17]"}
	tests := map[string]struct{ got, want string }{
		"a node":                {nodeKey(state.TaskKey{Node: "ship"}), "node#ship"},
		"a node in a scope":     {nodeKey(task), "node#a%2Fb@poll.3%2Fbatch[17]"},
		"a node with all signs": {nodeKey(state.TaskKey{Node: "#@/%"}), "node#%23%40%2F%25"},
		"a context key":         {contextKey("cart@home"), "ctx#cart%40home"},
		"a blob":                {blobKey("ab12", 3), "blob#ab12#3"},
		"a join":                {joinKey("r:1", task), "join#r:1#a%2Fb@poll.3%2Fbatch[17]"},
		"a run's end":           {joinKey("r:1", state.TaskKey{}), "end#r:1"},
		"a timer":               {timerKey(state.Timer{RunID: "r:1", TaskKey: task, Attempt: 2}), "timer#r:1#a%2Fb@poll.3%2Fbatch[17]#2"},
		"a blueprint":           {blueprintPartition("ab12"), "blueprint#ab12"},
	}
	for name, test := range tests {
		if test.got != test.want {
			t.Errorf("%s: key = %q, want %q", name, test.got, test.want)
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
	for name, key := range map[string]func(state.TaskKey) string{
		"node": nodeKey,
		"join": func(task state.TaskKey) string { return joinKey("r", task) },
		"timer": func(task state.TaskKey) string {
			return timerKey(state.Timer{RunID: "r", TaskKey: task, Attempt: 1})
		},
	} {
		seen := map[string]state.TaskKey{}
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
