package sim

import (
	"time"

	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// open sends the starts, and schedules the cancels and the reconcilers' ticks.
func (w *world) open() {
	w.startRun(0, "r1")
	if !w.plain {
		if w.chance.IntN(6) == 0 {
			w.startRun(w.between(0, 10*time.Second), "r2")
		}
		if w.chance.IntN(12) == 0 {
			w.hits[fault.SecondStart]++
			w.sendStart(w.moment(), w.runs[0], map[string]any{"x": float64(w.chance.IntN(100)), "again": true})
		}
		if w.chance.IntN(10) == 0 {
			w.cancel(w.moment(), w.runs[w.chance.IntN(len(w.runs))])
		}
		if w.chance.IntN(8) == 0 {
			w.forgedJob(w.moment())
		}
	}
	for _, home := range w.reconcilers {
		w.schedule(home)
	}
}

// moment draws the time of an event from outside: soon, mostly.
func (w *world) moment() time.Duration {
	switch w.chance.IntN(4) {
	case 0:
		return w.between(0, 10*time.Minute)
	case 1:
		return w.between(0, 20*time.Second)
	}
	return w.between(0, time.Second)
}

func (w *world) startRun(in time.Duration, id string) {
	r := w.newRun(id)
	var input any
	if w.chance.IntN(6) > 0 {
		input = map[string]any{"x": float64(w.chance.IntN(100)), "k0": "given"}
	}
	w.sendStart(in, r, input)
}

func (w *world) sendStart(in time.Duration, r *run, input any) {
	w.at(in, func() {
		body := flow.MessageBody{Type: flow.TypeStart, BlueprintID: w.graph.blueprint.ID, RunID: r.id}
		if input != nil {
			body.Input = canonical(input)
		}
		m := w.putBody(body)
		r.inputs[m.id] = input
	})
}

func (w *world) putBody(body flow.MessageBody) *message {
	text, err := body.Encode()
	if err != nil {
		panic(err)
	}
	return w.put(flow.Outgoing{Body: text})
}

func (w *world) cancel(in time.Duration, r *run) {
	w.hits[fault.Cancel]++
	w.at(in, func() {
		r.asked = true
		w.putBody(flow.MessageBody{Type: flow.TypeCancel, RunID: r.id})
	})
}

// forgedJob sends a job that must be refused: of a branch that was not taken, of a
// join whose rule does not hold yet, or of a run that does not exist.
func (w *world) forgedJob(in time.Duration) {
	w.at(in, func() {
		r := w.runs[0]
		body := flow.MessageBody{RunID: "nobody", BlueprintID: w.graph.blueprint.ID, NodeID: w.graph.nodes[0].id}
		v := w.recorded(r)
		for _, n := range w.graph.nodes {
			if v.routing(n) == skipped || v.routing(n) == open && n.isJoin() {
				body.RunID, body.NodeID = r.id, n.id
			}
		}
		w.hits[fault.ForgedJob]++
		w.putBody(body).forged = true
	})
}

// schedule lets a reconciler tick again and again, until everything has ended.
func (w *world) schedule(home *sandbox) {
	var next func()
	next = func() {
		if w.ended() {
			return
		}
		if !w.checkInTime() {
			return
		}
		if w.occasional(fault.StaleLock) {
			w.staleLock()
		}
		w.tick(home, nil)
		w.at(w.timings.tick, next)
	}
	w.at(w.between(0, w.timings.tick), next)
}

// ended reports whether every started run has ended, and nothing is under way.
// Events from outside may occur in the first ten minutes, except in a script.
func (w *world) ended() bool {
	if w.queued > 0 || !w.plain && w.now < 11*time.Minute {
		return false
	}
	for p := range w.live {
		if !p.tick {
			return false
		}
	}
	for _, r := range w.runs {
		if r.exists && !r.state.Status.Terminal() {
			return false
		}
	}
	return true
}
