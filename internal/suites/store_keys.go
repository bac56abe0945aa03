package suites

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// lookAlikes are ids that a careless key would confuse.
var lookAlikes = []string{
	"a", "A", "b", "a#b", "a@b", "a%23b", "a%40b", "a%2523b", "a/b", "a%2Fb", "a%b", "a%", "a.b", "a b", " a", "a ", "a\nb",
	"@", "#", "%", "/", "input", "body", "node#a", "ctx#a", "end", "join#a", "null", "state",
	"\u00e9", "e\u0301", "größe", "☃", "𝄞", strings.Repeat("#", 255), strings.Repeat("é", 127),
}

// lookAlikeKeys returns tasks that a careless key would confuse.
func lookAlikeKeys() []state.TaskKey {
	keys := []state.TaskKey{
		{Node: "x", Scope: "y"}, {Node: "x@y"}, {Node: "x", Scope: "y@z"}, {Node: "x@y", Scope: "z"}, {Node: "x@y@z"},
		{Node: "x", Scope: "y/z"}, {Node: "x", Scope: "y%2Fz"}, {Node: "x/y", Scope: "z"}, {Node: "x#y", Scope: "z"},
		{Node: "x", Scope: "y#z"}, {Node: "x", Scope: "batch[17]/poll.3"}, {Node: "x", Scope: "größe.1"},
		{Node: "x", Scope: "1"}, {Node: "x", Scope: "1#2"}, {Node: "x#1"},
	}
	for _, id := range lookAlikes {
		keys = append(keys, state.TaskKey{Node: id})
	}
	return keys
}

var keyFacts = []fact{
	{"tasks of look-alike ids never collide", func(s *storeTest) {
		keys := lookAlikeKeys()
		for i, key := range keys {
			task := state.TaskRecord{RunID: s.run, TaskKey: key, State: flow.TaskDone, Owner: "me-" + strconv.Itoa(i), Output: json.RawMessage(strconv.Itoa(i))}
			if _, err := s.commit(state.GuardUnclaimed(at), task); err != nil {
				s.Errorf("task %q: %v", key, err)
			}
		}
		found, listed := s.stored.load(state.ReadSet{Tasks: keys}), s.stored.tasks()
		for i, key := range keys {
			s.same("the loaded key", key, found.Tasks[key].TaskKey)
			s.sameText("Output of "+key.Node+" in "+key.Scope, []byte(strconv.Itoa(i)), found.Tasks[key].Output)
			s.sameText("listed output of "+key.Node+" in "+key.Scope, []byte(strconv.Itoa(i)), listed[key].Output)
		}
		if len(listed) != len(keys) {
			s.Errorf("Tasks lists %d tasks, want %d", len(listed), len(keys))
		}
	}},
	{"claims of look-alike ids never collide", func(s *storeTest) {
		for i, key := range lookAlikeKeys() {
			claim := s.sample.claim("", "me-"+strconv.Itoa(i))
			claim.TaskKey, claim.Guard = key, state.GuardUnclaimed(at)
			got, err := s.Store.Claim(s.Context(), claim)
			if err != nil || got.TaskKey != key {
				s.Errorf("Claim of %q = %q, %v", key, got.TaskKey, err)
			}
		}
	}},
	{"context keys of look-alike names never collide with each other, the input or tasks", func(s *storeTest) {
		s.create(`"the input"`)
		s.put(s.sample.task("a", flow.TaskDone, "me"))
		var writes []state.ContextWrite
		for i, name := range lookAlikes {
			writes = append(writes, write(name, strconv.Itoa(i)))
		}
		s.put(s.sample.task("writer", flow.TaskDone, "me"), writes...)
		found := s.stored.load(state.ReadSet{Run: true, Input: true, Tasks: []state.TaskKey{{Node: "a"}}, Keys: lookAlikes})
		for i, name := range lookAlikes {
			s.sameText("value of "+name, []byte(strconv.Itoa(i)), found.Values[name].Value)
		}
		s.sameText("Input", []byte(`"the input"`), found.Input)
		s.same("the task", s.sample.task("a", flow.TaskDone, "me"), found.Tasks[state.TaskKey{Node: "a"}])
	}},
	{"joins of look-alike ids never collide", func(s *storeTest) {
		for i, key := range append(lookAlikeKeys(), state.TaskKey{}) {
			got, err := s.Store.Arrive(s.Context(), state.Arrival{RunID: s.run, Join: state.JoinKey{TaskKey: key}, Arrived: []int{i}})
			s.wantNil("Arrive", err)
			s.same("the join "+key.Node+" in "+key.Scope, state.Join{Arrived: []int{i}}, got)
		}
	}},
	{"runs of look-alike ids never collide", func(s *storeTest) {
		ids := []string{s.run, s.run + ".a", s.run + ":a", s.run + "-a", s.run + "_a", s.run + "A", s.run + "a"}
		for i, id := range ids {
			_, err := s.Store.Create(s.Context(), state.Run{ID: id, Status: flow.Running, Rescues: i, Input: json.RawMessage(strconv.Itoa(i))})
			s.wantNil("Create "+id, err)
			_, err = s.Store.Arrive(s.Context(), state.Arrival{RunID: id, Arrived: []int{i}})
			s.wantNil("Arrive", err)
		}
		for i, id := range ids {
			found := s.stored.load(state.ReadSet{RunID: id, Run: true, Input: true, Joins: []state.JoinKey{{}}})
			s.same("Snapshot of "+id, state.Snapshot{Run: &state.Run{ID: id, Status: flow.Running, Rescues: i}, Input: json.RawMessage(strconv.Itoa(i)),
				Joins: map[state.JoinKey]state.Join{{}: {Arrived: []int{i}}}}, found)
		}
	}},
}
