package suites

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// textFacts returns facts about values as text: they come back byte for byte.
func textFacts() []fact {
	texts := map[string]string{
		"an integer beyond 2^53":      `9007199254740993`,
		"a decimal":                   `1.0`,
		"an exponent":                 `1E+2`,
		"null":                        `null`,
		"an empty string":             `""`,
		"an empty object":             `{}`,
		"white space":                 "{ \"b\" : 1 ,\n\t\"a\": [ ] }",
		"characters of HTML":          `"<a href='x'>&amp;</a>"`,
		"an escaped character":        `"\u00e9\u2028"`,
		"characters of several bytes": `"größe ☃ 𝄞"`,
		"a key named twice":           `{"a":1,"a":2}`,
	}
	var facts []fact
	for name, value := range texts {
		facts = append(facts, fact{"the text of " + name + " is kept everywhere", func(s *storeTest) { keeps(s, value) }})
	}
	return append(facts, fact{"no value is not null", func(s *storeTest) {
		none, null := s.sample.task("none", flow.TaskDone, "me"), s.sample.task("null", flow.TaskDone, "me")
		null.Output = json.RawMessage(`null`)
		none.Edges, null.Edges = []state.TakenEdge{{Index: 1}}, []state.TakenEdge{{Index: 1, Value: json.RawMessage(`null`)}}
		for _, want := range []state.TaskRecord{none, null} {
			s.put(want)
			got := s.stored.task(want.TaskKey)
			s.sameText("Output of "+want.Node, want.Output, got.Output)
			s.sameText("edge value of "+want.Node, want.Edges[0].Value, got.Edges[0].Value)
		}
	}})
}

// large returns a JSON string of about size bytes that is different for each name.
func large(name string, size int) string {
	return `"` + strings.Repeat(name+".", size/(len(name)+1)) + `"`
}

const kb = 1000

var sizeFacts = []fact{
	{"200 KB are kept everywhere", func(s *storeTest) { keeps(s, large("a", 200*kb)) }},
	{"500 KB are kept everywhere", func(s *storeTest) { keeps(s, large("a", 500*kb)) }},
	{"an input of 1 MB is kept", func(s *storeTest) {
		input := large("input", 1000*kb)
		s.create(input)
		s.sameText("Input", []byte(input), s.stored.load(state.ReadSet{Input: true}).Input)
	}},
	{"an output of 2 MB is kept", func(s *storeTest) {
		task := s.sample.task("a", flow.TaskDone, "me")
		task.Output = json.RawMessage(large("output", 2000*kb))
		s.put(task)
		s.sameText("Output", task.Output, s.stored.task(task.TaskKey).Output)
	}},
	{"500 KB of characters of several bytes are kept, wherever they are cut", func(s *storeTest) {
		for shift := range 4 {
			task := s.sample.task(fmt.Sprint("n", shift), flow.TaskDone, "me")
			task.Output = json.RawMessage(`"` + strings.Repeat("x", shift) + large("𝄞€𝄞é", 500*kb)[1:])
			s.put(task)
			s.sameText("Output", task.Output, s.stored.task(task.TaskKey).Output)
		}
	}},
	{"50 context writes of 100 KB are kept in their record, and apart", func(s *storeTest) {
		var writes []state.ContextWrite
		var keys []string
		for i := range 50 {
			keys = append(keys, fmt.Sprint("k", i))
			writes = append(writes, write(keys[i], large(keys[i], 100*kb)))
		}
		task := s.sample.task("a", flow.TaskDone, "me")
		task.Writes = writes
		s.put(task, writes...)
		recorded := s.stored.task(task.TaskKey).Writes
		s.same("the number of writes in the record", len(writes), len(recorded))
		for i, w := range recorded {
			s.sameText("the record's "+w.Key, writes[i].Value, w.Value)
		}
		found := s.stored.values(keys...)
		for _, w := range writes {
			s.sameText(w.Key, w.Value, found[w.Key].Value)
		}
	}},
	{"several large values of one record are kept", func(s *storeTest) {
		task := s.sample.task("a", flow.TaskDone, "me")
		task.Output = json.RawMessage(large("output", 250*kb))
		for i := range 4 {
			task.Edges = append(task.Edges, state.TakenEdge{Index: i, Value: json.RawMessage(large(fmt.Sprint("edge", i), 150*kb))})
		}
		k := large("k", 250*kb)
		task.Writes = []state.ContextWrite{write("k", k)}
		s.put(task, task.Writes...)
		got := s.stored.task(task.TaskKey)
		if len(got.Edges) != 4 {
			s.Fatalf("the stored record has %d edges, want 4", len(got.Edges))
		}
		s.sameText("Output", task.Output, got.Output)
		for i, edge := range task.Edges {
			s.sameText(fmt.Sprint("the value of edge ", i), edge.Value, got.Edges[i].Value)
		}
		s.sameText("k", []byte(k), s.stored.values("k")["k"].Value)
	}},
	{"equal large values of one run are kept apart", func(s *storeTest) {
		value := large("same", 500*kb)
		one, two := s.sample.task("a", flow.TaskDone, "me"), s.sample.task("b", flow.TaskDone, "me")
		one.Output, two.Output = json.RawMessage(value), json.RawMessage(value)
		s.put(one, write("k", value))
		s.put(two, write("k", `1`))
		s.sameText("Output of a", one.Output, s.stored.task(one.TaskKey).Output)
		s.sameText("Output of b", two.Output, s.stored.task(two.TaskKey).Output)
		s.sameText("k", []byte(`1`), s.stored.values("k")["k"].Value)
	}},
	{"a claim keeps a large output", func(s *storeTest) {
		task := s.sample.task("a", flow.TaskRunning, "other")
		task.Output, task.LeaseUntil = json.RawMessage(large("stored", 500*kb)), at.Add(-1e9)
		s.put(task)
		s.sameText("the claimer's view", task.Output, s.running("me").Output)
		s.sameText("the stored output", task.Output, s.stored.task(task.TaskKey).Output)
	}},
	{"a conflict returns the large output that is stored", func(s *storeTest) {
		stored := s.sample.task("a", flow.TaskDone, "other")
		stored.Output = json.RawMessage(large("stored", 500*kb))
		s.put(stored)
		mine := s.sample.task("a", flow.TaskDone, "me")
		mine.Output = json.RawMessage(large("mine", 500*kb))
		got, err := s.commit(state.GuardUnclaimed(at), mine)
		s.wantConflict("Commit", err)
		s.sameText("the committer's view", stored.Output, got.Output)
		mine.Writes = []state.ContextWrite{write("k", `1`)}
		got, err = s.commit(state.GuardUnclaimed(at), mine)
		s.wantConflict("Commit with writes", err)
		s.sameText("the committer's view", stored.Output, got.Output)
		got, err = s.Store.Claim(s.Context(), s.sample.claim("a", "me"))
		s.wantConflict("Claim", err)
		s.sameText("the claimer's view", stored.Output, got.Output)
		s.sameText("the stored output", stored.Output, s.stored.task(stored.TaskKey).Output)
	}},
}

// keeps checks a value in every field that holds one.
func keeps(s *storeTest, value string) {
	s.Helper()
	s.create(value)
	task := s.sample.task("a", flow.TaskDone, "me")
	task.Output = json.RawMessage(value)
	task.Edges = []state.TakenEdge{{Index: 2, Value: json.RawMessage(value)}}
	task.Writes = []state.ContextWrite{write("k", value)}
	s.put(task, task.Writes...)
	end := finish(flow.Completed)
	end.Result = json.RawMessage(value)
	s.wantNil("finish", s.change(state.Guard{}, state.RunChange{Finish: end}))

	found := s.stored.load(state.ReadSet{Run: true, Input: true, Tasks: []state.TaskKey{task.TaskKey}, Keys: []string{"k"}, Writes: true})
	got := found.Tasks[task.TaskKey]
	if len(got.Edges) != 1 || len(got.Writes) != 1 || found.Run == nil {
		s.Fatalf("Load found the edges %v, the writes %v and the run %v, want one, one and it", got.Edges, got.Writes, found.Run)
	}
	s.sameText("Input", []byte(value), found.Input)
	s.sameText("Output", []byte(value), got.Output)
	s.sameText("the edge's value", []byte(value), got.Edges[0].Value)
	s.sameText("the record's write", []byte(value), got.Writes[0].Value)
	s.sameText("the context value", []byte(value), found.Values["k"].Value)
	s.sameText("Result", []byte(value), found.Run.Result)
}
