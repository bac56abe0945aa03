package sim

import (
	"strings"

	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// Rare states of contexts that end.
const (
	CodeTimedOut         Rare = "an attempt fails since its code ignores the node's timeout"
	CodeLeft             Rare = "an invocation's context ends while code runs that ignores it"
	RecordedAfterContext Rare = "an outcome is recorded after the invocation's context has ended"
	SilentCommit         Rare = "a commit never returns"
	SilentClaim          Rare = "a claim never returns"
	SilentEffect         Rare = "a request that never returns takes effect"
	StrayAwaited         Rare = "at-most-once code waits for code of its earlier attempt"
	StrayBeside          Rare = "a node starts while code of its earlier attempt goes on"
)

// sightContexts recognises rare states of code and requests whose contexts end.
func sightContexts(w *watcher) moments {
	return moments{
		started: func(s start) {
			for _, other := range s.run.executions[s.node.id] {
				w.reachIf(other.stray, StrayBeside)
			}
		},
		task: func(t taskSeen) {
			p, failed := w.scheduler.current, t.after.Failures > t.before.Failures
			w.reachIf(failed && t.after.Error != nil && t.after.Error.Code == flow.CodeTimeout, CodeTimedOut)
			w.reachIf(p.ended && !t.before.State.Committed() && t.after.State.Committed(), RecordedAfterContext)
		},
		settled: func(p *process) { w.reachIf(p.ended && p.abandoned, CodeLeft) },
		returned: func(_ *process, err error) {
			w.reachIf(strings.Contains(err.Error(), "the code of an earlier attempt still runs"), StrayAwaited)
		},
		asked: func(r fault.Request, kind fault.Kind) {
			w.reachIf(kind == fault.Silent && r.Verb == "commit", SilentCommit)
			w.reachIf(kind == fault.Silent && r.Verb == "claim", SilentClaim)
		},
		answered: func(_ fault.Request, kind fault.Kind, err error) {
			w.reachIf(kind == fault.Silent && err == nil, SilentEffect)
		},
	}
}
