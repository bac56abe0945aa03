package flow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// handling is the state of one message while it is handled.
type handling struct {
	*Engine
	message  Message
	body     Body
	me       string    // a fresh token: the owner of every claim and commit made here
	deadline time.Time // leases last until then, plus the clocks' skew

	run    Run
	readAt time.Time // when the run's status was read last
	view   view
	first  string           // of the "any" join that was read last
	walked bool             // after a walk, or a redelivery, nothing goes on inline
	met    map[TaskKey]bool // joins found ready or dead
	late   lateInput        // the run's input, once a task's code had it read
}

var errNoRun = errors.New("there is no such run")

// work is a task to be performed.
type work struct {
	TaskKey
	via     Via
	attempt int    // that the message names
	first   string // the source that fired an "any" join, where known
	claim   bool   // inline tasks right after an own commit need none
	loaded  bool   // its read set has just been read
}

func (e *Engine) begin(ctx context.Context, m Message, body Body) *handling {
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = e.config.Now().Add(e.config.Timeout)
	}
	return &handling{Engine: e, message: m, body: body, me: e.config.NewID(), deadline: deadline, walked: m.Receives > 1, met: map[TaskKey]bool{}}
}

func (h *handling) leaseUntil() time.Time { return h.deadline.Add(Skew) }

// remaining is the time left for the message, less the reserve.
func (h *handling) remaining() time.Duration {
	return h.deadline.Sub(h.config.Now()) - h.config.Reserve
}

// expires is when the run's context and coordination items may be collected.
func (h *handling) expires() time.Time { return h.run.StartedAt.Add(2 * h.config.Retention) }

// enter sets the run that the message is about.
func (h *handling) enter(run Run, p *plan) {
	h.run, h.readAt = run, h.config.Now()
	h.view = view{plan: p, runID: run.ID, tasks: map[TaskKey]TaskRecord{}}
}

// load reads what a task needs to know and is not known yet: outcomes of this
// chain are, context keys never. With status it reads the run's status too. It
// reports whether the run still goes on.
func (h *handling) load(ctx context.Context, task TaskKey, status bool) (bool, error) {
	reads := h.view.steps[task.Node].reads
	h.view.forget(reads.tasks, task.Scope)
	set := ReadSet{RunID: h.run.ID, Run: status, Keys: reads.keys, Input: reads.input && h.view.input == nil}
	for _, id := range reads.tasks {
		key := TaskKey{id, task.Scope}
		if _, ok := h.view.decider(id, task.Scope); !ok && key != task {
			set.Tasks = append(set.Tasks, key)
		}
	}
	if status && h.view.isAnyJoin(task.Node) {
		set.Joins = []TaskKey{task}
	}
	snapshot, err := h.read(ctx, set)
	if err != nil {
		return false, err
	}
	h.view.values = snapshot.Values
	h.first = snapshot.Joins[task].First
	if status {
		if snapshot.Run == nil {
			return false, fmt.Errorf("run %s: %w", set.RunID, errNoRun)
		}
		h.run, h.readAt = *snapshot.Run, h.config.Now()
	}
	return !h.run.Status.Terminal(), nil
}

// read reads a set, if there is anything in it, and keeps what does not change.
func (h *handling) read(ctx context.Context, set ReadSet) (Snapshot, error) {
	if !set.Run && !set.Input && len(set.Tasks)+len(set.Keys)+len(set.Joins) == 0 {
		return Snapshot{}, nil
	}
	snapshot, err := h.store.Load(ctx, set)
	if err != nil {
		return snapshot, err
	}
	for _, t := range snapshot.Tasks {
		h.view.keep(t)
	}
	if set.Input {
		h.view.setInput(snapshot.Input)
	}
	return snapshot, nil
}

// setInput keeps the run's input; there being none counts as null from now on.
func (v *view) setInput(input json.RawMessage) {
	v.input = orNull(input)
	if json.Unmarshal(v.input, &v.fields) != nil {
		v.fields = nil
	}
}

// send hands messages over to the queue as jobs of this run.
func (h *handling) send(ctx context.Context, messages ...Outgoing) error {
	if len(messages) == 0 {
		return nil
	}
	for i := range messages {
		messages[i].Tenant = h.run.Tenant
	}
	if err := h.queue.Send(ctx, messages...); err != nil {
		return fmt.Errorf("send %d messages of run %s: %w", len(messages), h.run.ID, err)
	}
	return nil
}

// jobFor is the message that runs a task.
func (h *handling) jobFor(task TaskKey, attempt int, delay time.Duration) (Outgoing, error) {
	body, err := Body{
		RunID: h.run.ID, BlueprintID: h.run.BlueprintID, NodeID: task.Node, Scope: task.Scope,
		Attempt: attempt, Hops: h.body.Hops + 1,
	}.Encode()
	return Outgoing{Body: body, Delay: delay}, err
}
