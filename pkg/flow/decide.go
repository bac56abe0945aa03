package flow

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow/internal/expression"
)

// outcome is what the execution of a task came to.
type outcome struct {
	output   json.RawMessage // nil: none
	action   string
	err      error
	writes   []ContextWrite
	started  time.Time
	finished time.Time
}

// terms are the facts beside the outcome that a decision needs.
type terms struct {
	maxValue int
	jitter   float64
	deadline time.Time // of retries: a later one would outlive the run's data
}

// decide turns an outcome into the task's next record: done with its decided
// edges, retrying with its due time, or failed. It is pure: the same arguments
// give the same record. record is the task's record as claimed (or a fresh one),
// with owner, lease and via already set.
func decide(v *view, record TaskRecord, o outcome, t terms) (TaskRecord, []ContextWrite) {
	record.FinishedAt = o.finished
	if o.err == nil {
		o.err = errors.Join(checkSize("the output", o.output, t.maxValue), checkAction(o.action))
	}
	if o.err == nil {
		record.Edges, o.err = v.decideEdges(record.TaskKey, o, t.maxValue)
	}
	if o.err != nil {
		return fail(v.nodes[record.Node].Config, record, o, t), nil
	}
	record.State, record.Output, record.Action = TaskDone, o.output, o.action
	record.Error, record.DueAt = nil, time.Time{}
	return record, o.writes
}

func fail(config NodeConfig, record TaskRecord, o outcome, t terms) TaskRecord {
	record.Failures++
	record.Edges = nil
	due := o.finished.Add(retryDelay(config, record.Failures, o.err, t.jitter))
	retry := retryable(config, record.Failures, o.err)
	if retry && !due.Before(t.deadline) {
		retry, o.err = false, fmt.Errorf("the next attempt would outlive the run's data: %w", o.err)
	}
	record.State, record.DueAt = TaskFailed, time.Time{}
	if retry {
		record.State, record.Starts, record.DueAt = TaskRetrying, 0, due
	}
	record.Error = newFailure(record, o.err)
	return record
}

// decideEdges routes the task's result along its edges, and along those of the
// nodes it stands in for.
func (v *view) decideEdges(task TaskKey, o outcome, maxValue int) (taken []TakenEdge, err error) {
	var env expression.Env
	if v.steps[task.Node].decides { // else nothing would look at it, and an output may be large
		if env, err = v.envAfter(task, o); err != nil {
			return nil, err
		}
	}
	own := &overlay{view: v, task: task, o: o}
	for id := task.Node; id != ""; id = v.primary[id] {
		edges, err := own.route(v.out[id], o.action, env)
		if err != nil {
			return nil, err
		}
		taken = append(taken, edges...)
	}
	slices.SortFunc(taken, func(a, b TakenEdge) int { return a.Index - b.Index }) // of several into one node the last counts
	for _, edge := range taken {
		if err := checkSize("the value of an edge", edge.Value, maxValue); err != nil {
			return nil, err
		}
	}
	return taken, nil
}

// envAfter is what the expressions of a task's edges see, with its outcome in place.
func (v *view) envAfter(task TaskKey, o outcome) (env expression.Env, err error) {
	env = v.env(task)
	if env.Result, err = encodeValue(struct {
		Output json.RawMessage `json:"output"`
		Action string          `json:"action,omitempty"`
	}{orNull(o.output), o.action}); err != nil {
		return env, err
	}
	env.Input = orNull(o.output)
	for id := task.Node; id != "" && o.output != nil; id = v.primary[id] {
		env.Outputs[id] = o.output
		for _, key := range []string{id, outputKey + id} {
			if _, written := v.values[key]; !written {
				env.Context[key] = o.output
			}
		}
	}
	for _, w := range o.writes {
		if w.Deleted {
			delete(env.Context, w.Key)
		} else {
			env.Context[w.Key] = w.Value
		}
	}
	return env, nil
}

func checkSize(what string, value json.RawMessage, limit int) error {
	if len(value) > limit {
		return tooLarge(what, len(value), limit)
	}
	return nil
}

// checkAction refuses what no item would hold beside everything else.
func checkAction(action string) error {
	if len(action) > maxIDLength {
		return tooLarge("the action", len(action), maxIDLength)
	}
	return nil
}

// newFailure is the stored form of an error of a task's attempt.
func newFailure(record TaskRecord, err error) *Failure {
	return &Failure{
		Code: truncate(codeOf(err), maxIDLength), Message: truncate(err.Error(), maxMessage),
		NodeID: record.Node, Scope: record.Scope, Attempt: record.Failures,
		Cause: causes(err),
	}
}

// Bounds of a stored error: it must fit beside everything else in an item.
const (
	maxMessage = 4096
	maxCauses  = 10
)

// causes are the messages of the errors that err wraps, without repetitions.
func causes(err error) (messages []string) {
	last := err.Error()
	for len(messages) < maxCauses {
		err = unwrap(err)
		if err == nil {
			return messages
		}
		if message := err.Error(); message != last {
			last = message
			messages = append(messages, truncate(message, maxMessage/4))
		}
	}
	return messages
}

// unwrap also goes into the first of several joined errors.
func unwrap(err error) error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		if all := joined.Unwrap(); len(all) > 0 {
			return all[0]
		}
		return nil
	}
	return errors.Unwrap(err)
}

// Err is the failure as an error of the run.
func (f *Failure) Err(runID string) error {
	var err error
	for _, message := range slices.Backward(f.Cause) {
		err = &causeError{message, err}
	}
	return &NodeError{RunID: runID, NodeID: f.NodeID, Scope: f.Scope, Attempt: f.Attempt, Code: f.Code, Err: &causeError{f.Message, err}}
}

// causeError is a link of a cause chain that was stored as text.
type causeError struct {
	message string
	cause   error
}

func (e *causeError) Error() string { return e.message }
func (e *causeError) Unwrap() error { return e.cause }

func workerDied(record TaskRecord) error {
	return Permanent(WithCode(fmt.Errorf("worker died %d times while running %s", max(record.Starts-1, 1), taskName(record.TaskKey)), CodeWorkerDied))
}

func taskName(key TaskKey) string {
	if key.Scope == "" {
		return key.Node
	}
	return key.Node + "@" + key.Scope
}
