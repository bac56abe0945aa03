package decide

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// The time of every diagnosis, and the threshold.
var (
	diagnosed = time.Date(2026, 4, 5, 6, 7, 8, 0, time.UTC)
	threshold = 5 * time.Minute
)

func running(node string, lease time.Duration) state.TaskRecord {
	return state.TaskRecord{TaskKey: state.TaskKey{Node: node}, State: flow.TaskRunning, LeaseUntil: diagnosed.Add(lease)}
}

func retrying(node string, failures int, due time.Duration) state.TaskRecord {
	return state.TaskRecord{TaskKey: state.TaskKey{Node: node}, State: flow.TaskRetrying, Failures: failures, DueAt: diagnosed.Add(due)}
}

func waiting(node string) state.TaskRecord {
	return state.TaskRecord{TaskKey: state.TaskKey{Node: node}, State: flow.TaskWaiting}
}

func failedAt(node string, at time.Duration) state.TaskRecord {
	t := failed(node)
	t.FinishedAt, t.Error = diagnosed.Add(at), &flow.Failure{Code: flow.CodeError, NodeID: node}
	return t
}

func TestDiagnose(t *testing.T) {
	t.Parallel()
	type records = []state.TaskRecord
	writes := func(t state.TaskRecord) state.TaskRecord {
		t.Writes = []state.ContextWrite{{Key: "k"}}
		return t
	}
	for name, tc := range map[string]struct {
		shape   string
		records records
		want    []string
	}{
		// Successors of recorded decisions.
		"a start node that never started":                  {"a>b", nil, []string{"send a"}},
		"all start nodes that never started":               {"a>j b>j c", records{done("b", 1)}, []string{"send a", "send c"}},
		"the successor of a taken edge":                    {"a>b b>c", records{done("a", 0)}, []string{"send b"}},
		"several successors":                               {"a>b a>c a>d", records{done("a", 0, 2)}, []string{"send b", "send d"}},
		"two taken edges to one node are one job":          {"a>b a>b", records{done("a", 0, 1)}, []string{"send b"}},
		"a started successor is not sent":                  {"a>b", records{done("a", 0), running("b", time.Second)}, []string{"pending"}},
		"an untaken branch is never sent":                  {"a>b a>c c>d", records{done("a", 0), done("b")}, []string{"complete"}},
		"nothing behind an open node is sent":              {"a>b b>c", records{running("a", time.Second)}, []string{"pending"}},
		"the live lease of a done node hides no successor": {"a>b", records{live(done("a", 0))}, []string{"send b"}},

		// Joins, from recorded decisions alone.
		"a join whose sources are decided":                       {"a>j b>j", records{done("a", 0), done("b", 1)}, []string{"send j"}},
		"a join waits for an open source":                        {"a>j b>j", records{done("a", 0), running("b", time.Second)}, []string{"pending"}},
		"a join waits for a source that is sent":                 {"a>j b>j", records{done("a", 0)}, []string{"send b"}},
		"a join does not wait for a dead source":                 {"s>a s>b a>j b>j", records{done("s", 0), done("a", 2)}, []string{"send j"}},
		"a join waits for nodes that may still lead to a source": {"s>a s>b b>c a>j c>j", records{done("s", 0, 1), done("a", 3), running("b", time.Second)}, []string{"pending"}},
		"a join without a taken edge is skipped":                 {"a>j b>j", records{done("a"), done("b")}, []string{"complete"}},
		"a join that ran is not sent":                            {"a>j b>j", records{done("a", 0), done("b", 1), done("j")}, []string{"complete"}},
		"an any join at its first taken edge":                    {"a>any b>any", records{done("a", 0), running("b", time.Second)}, []string{"send any", "pending"}},
		"an any join not without a taken edge":                   {"a>any b>any", records{done("a"), running("b", time.Second)}, []string{"pending"}},
		"an any join without a taken edge is skipped":            {"a>any b>any", records{done("a"), done("b")}, []string{"complete"}},
		"the run waits for a late source of an any join":         {"a>any b>any", records{done("a", 0), done("any"), running("b", time.Second)}, []string{"pending"}},
		"a join behind one without a taken edge":                 {"a>j b>j j>k c>k", records{done("a"), done("b"), done("c", 3)}, []string{"send k"}},

		// Tasks that wrote to the context, and may not have led on.
		"the successor of a writer":                               {"a>b", records{writes(done("a", 0))}, []string{"send a"}},
		"the successors of a writer are one job":                  {"a>b a>c", records{writes(done("a", 0, 1))}, []string{"send a"}},
		"a join one of whose sources wrote":                       {"a>j b>j", records{writes(done("a", 0)), done("b", 1)}, []string{"send a", "send b"}},
		"a writer two nodes before has led on":                    {"a>b b>c", records{writes(done("a", 0)), done("b", 1)}, []string{"send c"}},
		"a join whose dead source a writer decided":               {"s>a s>b a>j b>j", records{writes(done("s", 0)), done("a", 2)}, []string{"send a", "send s"}},
		"the successor of a fallback that wrote":                  {"a>b a!f f>g", records{failedAt("a", 0), writes(done("f", 0, 1))}, []string{"send f"}},
		"the fallback of a failed node after a writer":            {"w>a a>b a!f", records{writes(done("w", 0)), failedAt("a", 0)}, []string{"send f"}},
		"an any join one of whose sources wrote":                  {"a>any b>any", records{writes(done("a", 0)), running("b", time.Second)}, []string{"pending", "send a"}},
		"all ends resolved, one by a writer":                      {"a>b a>c", records{done("a", 0, 1), done("b"), writes(done("c"))}, []string{"send b", "send c"}},
		"all ends resolved, one by a death that a writer decided": {"a>b a>c c>d", records{writes(done("a", 0)), done("b")}, []string{"send a", "send b"}},
		"all ends resolved, a writer before them":                 {"a>b", records{writes(done("a", 0)), done("b")}, []string{"complete"}},
		"all ends resolved, the late source of an any join wrote": {"a>any b>any", records{done("a", 0), writes(done("b", 1)), done("any")}, []string{"send a", "send any", "send b"}},

		// Fallbacks.
		"the fallback of a failed node":              {"a>b a!f", records{failedAt("a", 0)}, []string{"send f"}},
		"a healthy node's fallback is never sent":    {"a>b a!f f>g", records{done("a", 0), done("b")}, []string{"complete"}},
		"a retrying node's fallback is not sent":     {"a>b a!f", records{retrying("a", 1, time.Second)}, []string{"pending"}},
		"a used fallback leads on for both":          {"a>b a!f f>g", records{failedAt("a", 0), done("f", 0, 1)}, []string{"send b", "send g"}},
		"a join behind a failed node waits":          {"a>j b>j a!f", records{failedAt("a", 0), done("b", 1), running("f", time.Second)}, []string{"pending"}},
		"a join counts the fallback for its primary": {"a>j b>j a!f", records{failedAt("a", 0), done("b", 1), done("f", 0)}, []string{"send j"}},
		"a failed fallback fails the run":            {"a>b a!f", records{failedAt("a", -time.Second), failedAt("f", 0)}, []string{"fail by f"}},
		"a fallback's fallback":                      {"a>b a!f f!g", records{failedAt("a", -time.Second), failedAt("f", 0)}, []string{"send g"}},

		// Tasks without an outcome.
		"a live lease is left alone":                          {"a", records{running("a", time.Millisecond)}, []string{"pending"}},
		"an expired lease":                                    {"a", records{running("a", 0)}, []string{"send a"}},
		"a retry that is not due":                             {"a", records{retrying("a", 1, time.Minute)}, []string{"pending"}},
		"a retry that is due may be late":                     {"a", records{retrying("a", 1, -threshold)}, []string{"pending"}},
		"a retry that is overdue by the threshold":            {"a", records{retrying("a", 2, -threshold-time.Millisecond)}, []string{"send a attempt 3"}},
		"a retry that a queue can delay":                      {"a", records{retrying("a", 1, state.MaxDelay)}, []string{"pending"}},
		"a retry that only a timer can hold":                  {"a", records{retrying("a", 1, state.MaxDelay+time.Millisecond)}, []string{"timer a", "parked"}},
		"a waiting task":                                      {"a", records{waiting("a")}, []string{"waits", "parked"}},
		"a waiting task beside a live one":                    {"a b", records{waiting("a"), running("b", time.Second)}, []string{"waits", "pending"}},
		"a waiting task beside one that never started":        {"a b", records{waiting("a")}, []string{"send b", "waits"}},
		"a far retry beside an expired lease":                 {"a b", records{retrying("a", 1, time.Hour), running("b", -1)}, []string{"send b", "timer a"}},
		"a far retry beside a waiting task":                   {"a b", records{retrying("a", 1, time.Hour), waiting("b")}, []string{"timer a", "waits", "parked"}},
		"a far retry beside one that a queue has":             {"a b", records{retrying("a", 1, time.Hour), retrying("b", 1, 0)}, []string{"timer a", "pending"}},
		"an expired lease beside a lost successor and a join": {"a>b a>c b>j c>j", records{done("a", 0, 1), running("b", -1)}, []string{"send b", "send c"}},

		// The run's end.
		"a failure without fallback":             {"a>b", records{failedAt("a", 0)}, []string{"fail by a"}},
		"the first failure counts":               {"a b c", records{failedAt("a", 2), failedAt("b", 1), failedAt("c", 3)}, []string{"fail by b"}},
		"a failure leaves nothing to be sent":    {"a b c", records{failedAt("a", 0), running("b", -1)}, []string{"fail by a"}},
		"a failure ends a run that also waits":   {"a b", records{failedAt("a", 0), waiting("b")}, []string{"fail by a"}},
		"a used fallback hides no other failure": {"a b a!f", records{failedAt("a", 0), done("f"), failedAt("b", 1)}, []string{"fail by b"}},
		"all ends resolved":                      {"a>b a>c", records{done("a", 0, 1), done("b"), done("c")}, []string{"complete"}},
		"all ends resolved, some by death":       {"a>b a>c b>d c>e", records{done("a", 1), done("c", 3), done("e")}, []string{"complete"}},
		"all ends resolved by a fallback":        {"a a!f", records{failedAt("a", 0), done("f")}, []string{"complete"}},
		"an end that is open":                    {"a>b a>c", records{done("a", 0, 1), done("b"), running("c", time.Second)}, []string{"pending"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := &View{Plan: shape(t, tc.shape), Tasks: map[state.TaskKey]state.TaskRecord{}}
			for _, r := range tc.records {
				v.Tasks[r.TaskKey] = r
			}
			got := findings(Diagnose(v, diagnosed, threshold))
			slices.Sort(tc.want)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("diagnosis (-want +got):\n%s", diff)
			}
		})
	}
}

func live(t state.TaskRecord) state.TaskRecord {
	t.Owner, t.LeaseUntil = "another", diagnosed.Add(time.Minute)
	return t
}

// findings describes a diagnosis in words, sorted.
func findings(d Diagnosis) (words []string) {
	for _, job := range d.Jobs {
		word := "send " + job.Node
		if job.Attempt > 0 {
			word += fmt.Sprint(" attempt ", job.Attempt)
		}
		words = append(words, word)
	}
	for _, t := range d.Timers {
		words = append(words, "timer "+t.Node)
	}
	if d.Failure != nil {
		words = append(words, "fail by "+d.Failure.NodeID)
	}
	for word, found := range map[string]bool{"complete": d.Complete, "pending": d.Pending, "waits": d.Waits, "parked": d.Parked()} {
		if found {
			words = append(words, word)
		}
	}
	slices.Sort(words)
	return words
}
