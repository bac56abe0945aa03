package sim

import (
	"time"

	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// callers send from outside: starts, cancels, and messages that must be refused.
type callers struct {
	setting   *setting
	chance    chance
	scheduler *scheduler
	faults    *faults
	queue     *queue
	runs      *registry
}

// call sends the starts, and schedules cancels and forged jobs.
func (c *callers) call() {
	c.startRun(0, "r1")
	if c.setting.plain {
		return
	}
	if c.chance.one(6) {
		c.startRun(c.chance.between(0, 10*time.Second), "r2")
	}
	if c.chance.one(12) {
		c.faults.hit(fault.SecondStart)
		c.sendStart(c.moment(), c.runs.runs[0], map[string]any{"x": float64(c.chance.IntN(100)), "again": true})
	}
	if c.chance.one(10) {
		c.cancel(c.moment(), c.runs.runs[c.chance.IntN(len(c.runs.runs))])
	}
	if c.chance.one(8) {
		c.forgeJob(c.moment())
	}
}

// moment draws the time of an event from outside: soon, mostly.
func (c *callers) moment() time.Duration {
	switch c.chance.IntN(4) {
	case 0:
		return c.chance.between(0, 10*time.Minute)
	case 1:
		return c.chance.between(0, 20*time.Second)
	}
	return c.chance.between(0, time.Second)
}

func (c *callers) startRun(in time.Duration, id string) {
	r := c.runs.add(id)
	if c.chance.one(2) {
		r.tenant = "t" + id
	}
	var input any
	if !c.chance.one(6) {
		input = map[string]any{"x": float64(c.chance.IntN(100)), "k0": "given"}
	}
	c.sendStart(in, r, input)
}

func (c *callers) sendStart(in time.Duration, r *run, input any) {
	c.scheduler.at(in, func() {
		body := flow.MessageBody{Type: flow.TypeStart, BlueprintID: c.setting.graph.blueprint.ID, RunID: r.id, Tenant: r.tenant}
		if input != nil {
			body.Input = canonical(input)
		}
		m := c.send(body)
		r.inputs[m.id] = input
	})
}

func (c *callers) send(body flow.MessageBody) *message {
	text, err := body.Encode()
	if err != nil {
		panic(err)
	}
	return c.queue.put(flow.Outgoing{Body: text, Tenant: body.Tenant})
}

func (c *callers) cancel(in time.Duration, r *run) {
	c.faults.hit(fault.Cancel)
	c.scheduler.at(in, func() {
		r.asked = true
		c.send(flow.MessageBody{Type: flow.TypeCancel, RunID: r.id, Tenant: r.tenant})
	})
}

// forgeJob sends a job that must be refused: of a branch that was not taken, of a
// join whose rule does not hold yet, or of a run that does not exist.
func (c *callers) forgeJob(in time.Duration) {
	c.scheduler.at(in, func() {
		r := c.runs.runs[0]
		nodes := c.setting.graphOf(r).nodes
		body := flow.MessageBody{RunID: "nobody", BlueprintID: c.setting.graph.blueprint.ID, NodeID: nodes[0].id}
		v := c.setting.recorded(r)
		for _, n := range nodes {
			if v.routing(n) == skipped || v.routing(n) == open && n.isJoin() {
				body.RunID, body.NodeID = r.id, n.id
			}
		}
		c.faults.hit(fault.ForgedJob)
		m := c.send(body)
		m.forged, m.invented = true, true
	})
}
