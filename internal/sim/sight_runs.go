package sim

import "github.com/flowcraft-go/flowcraft/pkg/flow"

// Rare states of runs.
const (
	StartTakenOver      Rare = "a start is taken over from a worker that has died"
	CancelBeforeStart   Rare = "a run is cancelled before its start"
	CancelAmidCode      Rare = "a run is cancelled while its code runs"
	FailedBesideCode    Rare = "a run fails while code of another node runs"
	TwoFailing          Rare = "a run ends with two nodes that have failed for good"
	RunParked           Rare = "a run leaves the index to wait for a timer"
	RunBack             Rare = "a run comes back into the index"
	RescuedTwice        Rare = "a run is rescued twice without progress"
	RescueRewarded      Rare = "a worker goes on with a run that was rescued"
	ReconcilerCompletes Rare = "a reconciler completes a run"
	ReconcilerFails     Rare = "a reconciler fails a run"
	WaitsForCode        Rare = "a run waits for a worker that has its code"
	CodeCame            Rare = "a run has waited for its code, and goes on"
	EndsOnOldVersion    Rare = "a run completes on an older version of its blueprint"
)

// sightRuns recognises rare states of runs, by their changes.
func sightRuns(w *watcher) moments {
	return moments{
		changed: func(s runSeen) {
			before, after := s.before, s.after
			goesOn := before.Status == flow.Running && after.Status == flow.Running
			w.reachIf(before.StartOwner != after.StartOwner, StartTakenOver)
			w.reachIf(goesOn && before.Active && !after.Active, RunParked)
			w.reachIf(goesOn && !before.Active && after.Active, RunBack)
			w.reachIf(after.Rescues > 1, RescuedTwice)
			w.reachIf(before.Rescues > 0 && after.Rescues == 0, RescueRewarded)
			w.reachIf(before.WaitingFor == "" && after.WaitingFor != "", WaitsForCode)
			w.reachIf(before.WaitingFor != "" && after.WaitingFor == "", CodeCame)
		},
		ended: func(r *run) { sightEnd(w, r) },
	}
}

// sightEnd looks at a run that has just ended.
func sightEnd(w *watcher, r *run) {
	status, tick := r.state.Status, w.scheduler.current != nil && w.scheduler.current.tick
	g := w.setting.graphOf(r)
	running, failing := false, 0
	for _, n := range g.nodes {
		for _, e := range r.executions[n.id] {
			running = running || !e.over && !e.stray && e.process != w.scheduler.current
		}
		if t := r.records[n.id]; t.State == flow.TaskFailed && n.fallback == nil {
			failing++
		}
	}
	w.reachIf(status == flow.Cancelled && r.state.StartMessageID == "", CancelBeforeStart)
	w.reachIf(status == flow.Cancelled && running, CancelAmidCode)
	w.reachIf(status == flow.Failed && running, FailedBesideCode)
	w.reachIf(failing > 1, TwoFailing)
	w.reachIf(status == flow.Completed && tick, ReconcilerCompletes)
	w.reachIf(status == flow.Failed && tick, ReconcilerFails)
	w.reachIf(status == flow.Completed && g != w.setting.graph, EndsOnOldVersion)
}
