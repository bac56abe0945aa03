package sim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
)

// result is the result of an attempt of a node.
type result struct {
	output any
	has    bool
	action string
	err    error
	code   string
	writes map[string]any
}

// outcome returns the result of an attempt: a pure function of its arguments,
// unless the node is nondeterministic.
func (n *node) outcome(seed uint64, runID string, attempt int, input any, seen map[string]any, nonce int) result {
	if attempt <= n.fails {
		err := flow.WithCode(fmt.Errorf("attempt %d of %s fails", attempt, n.id), "busy")
		if n.permanent {
			return result{err: flow.Permanent(err), code: "busy"}
		}
		if n.panics {
			return result{err: err, code: flow.CodePanic}
		}
		if n.hangs {
			return result{err: flow.WithCode(err, flow.CodeTimeout), code: flow.CodeTimeout}
		}
		return result{err: err, code: "busy"}
	}
	h := fnv.New64a()
	fmt.Fprintf(h, "%d %s %s %d ", seed, runID, n.id, attempt)
	if n.nondeterministic {
		fmt.Fprintf(h, "%d ", nonce)
	}
	h.Write(canonical(input))
	h.Write(canonical(seen))
	digest := h.Sum64()
	v := float64(digest % 100)
	r := result{writes: map[string]any{}}
	if !n.silent {
		output := map[string]any{"v": v, "d": fmt.Sprintf("%x", digest>>40)}
		if n.size > 0 {
			output["fill"] = place(n.size)
		}
		r.output, r.has = output, true
	}
	if len(n.actions) > 0 {
		r.action = n.actions[digest>>8%uint64(len(n.actions))]
	}
	for i, key := range n.writes {
		r.writes[key] = v + float64(i)
	}
	return r
}

// canonical returns a value's JSON, with its keys sorted.
func canonical(value any) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return text
}

func decoded(text json.RawMessage) any {
	if len(text) == 0 {
		return nil
	}
	var value any
	if err := json.Unmarshal(emptied(text), &value); err != nil {
		panic(err)
	}
	return value
}

// execution is one start of a node's code.
type execution struct {
	process    *process
	attempt    int
	from       time.Duration
	over       bool
	ended      time.Duration // when it came to its result
	stray      bool          // it goes on although its attempt is over
	unrecorded bool          // its worker lived on, but could not record its result
	result     *result
	engine     *engine.Engine
	suspect    bool // its task may have killed a worker before
}

// code returns the code of all nodes.
func (s *sandbox) code() flow.Handler { return flow.HandlerFunc(s.execute) }

// execute runs a node's code, on a turn of its own: the process may give it up.
func (s *sandbox) execute(ctx context.Context, task *flow.Task) (flow.Result, error) {
	p, watcher := s.hosts.scheduler.current, s.hosts.services.watcher
	if p.dead {
		return flow.Result{}, errDead
	}
	r := watcher.runByID(task.RunID)
	n := s.hosts.setting.graphOf(r).byID[task.NodeID]
	if n == nil {
		watcher.violate(UntakenNeverRuns, "run %s: its version of the blueprint has no node %s", r.id, task.NodeID)
		return flow.Result{}, errDead
	}
	p.turn = make(chan struct{})
	outcome, err := s.perform(ctx, task, p, r, n)
	p.turn = p.main
	if err != nil {
		return flow.Result{}, err
	}
	return n.returned(outcome)
}

func (s *sandbox) perform(ctx context.Context, task *flow.Task, p *process, r *run, n *node) (result, error) {
	scheduler, watcher := s.hosts.scheduler, s.hosts.services.watcher
	scheduler.trace(p, "starts %s, attempt %d, input %s", n.id, task.Attempt, emptied(task.Input))
	e := watcher.began(start{r, n, task.Attempt, p})
	watcher.holds(p, len(task.Input)) // a chain reads no outcome of its own
	nonce := len(r.executions[n.id])
	if s.work(n, p, nonce); p.dead {
		return result{}, errDead
	}
	if n.hangs && task.Attempt <= n.fails {
		s.hosts.faults.hit(fault.NodeHangs)
		scheduler.pause(max(p.deadline-scheduler.now, 0) + time.Hour)
		if e.stray = true; p.dead { // otherwise it is a zombie's, which no clock ends
			return result{}, errDead
		}
	}
	seen, err := n.read(ctx, task)
	if err != nil {
		e.unrecorded = true
		p.stopped(scheduler.now)
		return result{}, err
	}
	outcome := n.outcome(s.hosts.setting.seed, r.id, task.Attempt, decoded(task.Input), seen, nonce)
	err = n.write(task, outcome)
	scheduler.pause(s.share(n))
	if p.dead {
		return result{}, errDead
	}
	e.result, e.ended, p.reached = &outcome, scheduler.now, e
	p.stopped(scheduler.now)
	return outcome, err
}

// work lets the first part of a node's time pass, which may end the worker.
func (s *sandbox) work(n *node, p *process, nonce int) {
	s.hosts.scheduler.pause(s.share(n))
	if p.dead || nonce > n.kills {
		return
	}
	s.hosts.scheduler.trace(p, "%s kills its worker", n.id)
	s.hosts.faults.hit(fault.NodeCrash)
	s.hosts.die(p)
}

// share returns a part of a node's time, which stays below its timeout.
func (s *sandbox) share(n *node) time.Duration {
	if n.duration == 0 {
		return 0
	}
	return s.hosts.chance.between(0, min(n.duration, s.hosts.setting.timings.node*9/10)/2)
}

// returned ends the node's code with a result.
func (n *node) returned(r result) (flow.Result, error) {
	switch {
	case r.err != nil && n.panics && !n.permanent:
		panic(r.err)
	case r.err != nil:
		return flow.Result{}, r.err
	case r.has && n.size > 0:
		return flow.Result{Output: json.RawMessage(filled(canonical(r.output))), Action: r.action}, nil
	case r.has:
		return flow.Result{Output: r.output, Action: r.action}, nil
	}
	return flow.Result{Action: r.action}, nil
}

func (n *node) read(ctx context.Context, task *flow.Task) (map[string]any, error) {
	seen := map[string]any{}
	for _, key := range n.reads {
		var value any
		ok, err := task.Get(ctx, key, &value)
		if err != nil {
			return nil, err
		}
		if ok {
			seen[key] = value
		}
	}
	if n.caught {
		var failure struct {
			Code, NodeID string
			Attempt      int
		}
		ok, err := task.Get(ctx, "_catch_error", &failure)
		if err != nil {
			return nil, err
		}
		if ok {
			seen["caught"] = fmt.Sprintf("%s %s %d", failure.Code, failure.NodeID, failure.Attempt)
		}
	}
	return seen, nil
}

func (n *node) write(task *flow.Task, r result) error {
	var errs []error
	for _, key := range n.writes {
		errs = append(errs, task.Set(key, float64(0)))
		if value, ok := r.writes[key]; ok {
			errs = append(errs, task.Set(key, value))
		}
	}
	for _, key := range n.deletes {
		errs = append(errs, task.Delete(key))
	}
	return errors.Join(errs...)
}
