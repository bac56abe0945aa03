package decide

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/rawjson"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// Outcome is the result of one attempt of a task.
type Outcome struct {
	Output   json.RawMessage // nil: none
	Action   string
	Fault    *Fault // nil: none
	Writes   []state.ContextWrite
	Started  time.Time
	Finished time.Time
}

// Size returns the bytes of the outcome's values.
func (o Outcome) Size() int {
	size := len(o.Output)
	for _, w := range o.Writes {
		size += len(w.Value)
	}
	return size
}

// Terms are the facts, beside the outcome, that a decision depends on.
type Terms struct {
	MaxValue int       // bytes of one value
	MaxInput int       // bytes of all values of one record
	Jitter   float64   // in [0,1)
	Epoch    int       // of the run
	Deadline time.Time // of retries: the end of the run's maximum duration; zero: none
}

// Decide turns an outcome into the task's next record: done with its decided edges and
// its context writes, retrying with its due time, or failed. record is the task's record
// as claimed (or a fresh one), with owner, lease and via already set.
func Decide(v *View, record state.TaskRecord, o Outcome, t Terms) state.TaskRecord {
	record.FinishedAt = o.Finished
	if o.Fault == nil {
		o.Fault = FaultOf(errors.Join(checkValue("the output", o.Output, t.MaxValue), checkAction(o.Action)))
	}
	if o.Fault == nil {
		var err error
		record.Edges, err = (&decision{view: v, task: record.TaskKey, outcome: o}).edges(t.MaxValue)
		record.Output = o.Output
		o.Fault = FaultOf(errors.Join(err, checkSize("the output with the values of its edges", record.Size(nil), t.MaxInput)))
	}
	if o.Fault != nil {
		return fail(v.graph().nodes[record.Node].Config, record, o, t)
	}
	record.State, record.Output, record.Action = flow.TaskDone, o.Output, o.Action
	record.Error, record.DueAt = nil, time.Time{}
	record.Writes = v.Plan.stamp(o.Writes, t.Epoch, record.TaskKey) //rule:writes-with-outcome
	return record
}

func fail(config flow.NodeConfig, record state.TaskRecord, o Outcome, t Terms) state.TaskRecord {
	record.Failures++
	record.Edges, record.Output = nil, nil
	due := o.Finished.Add(retryDelay(config, record.Failures, o.Fault, t.Jitter))
	retry := retryable(config, record.Failures, o.Fault)
	if retry && !t.Deadline.IsZero() && !due.Before(t.Deadline) {
		retry = false
		o.Fault.Causes = slices.Insert(o.Fault.Causes, 0, Truncate(o.Fault.Message, maxMessage/4))
		o.Fault.Message = "the next attempt would be due after the run's maximum duration (metadata.timeout): " + o.Fault.Message
	}
	record.State, record.DueAt = flow.TaskFailed, time.Time{}
	if retry {
		//rule:starts-per-attempt = flow.TaskRetrying, record.Starts, due
		record.State, record.Starts, record.DueAt = flow.TaskRetrying, 0, due
	}
	record.Error = o.Fault.failure(record)
	return record
}

// Abandon fails an at-most-once task whose worker died: it must not start again.
func Abandon(record state.TaskRecord, now time.Time) state.TaskRecord {
	fault := WorkerDied(record)
	record.FinishedAt = now
	record.State, record.Failures = flow.TaskFailed, record.Failures+1
	record.Error = fault.failure(record)
	return record
}

// checkValue refuses a value that is too large, or nested too deeply.
func checkValue(what string, value json.RawMessage, limit int) error {
	if err := checkSize(what, len(value), limit); err != nil {
		return err
	}
	if err := rawjson.CheckDepth(what, value); err != nil {
		return flow.Permanent(flow.WithCode(err, flow.CodeValueTooLarge))
	}
	return nil
}

func checkSize(what string, size, limit int) error {
	if size > limit {
		return TooLarge(what, size, limit)
	}
	return nil
}

// checkAction refuses an action too long to fit into an item with everything else.
func checkAction(action string) error {
	if len(action) > flow.MaxIDLength {
		return TooLarge("the action", len(action), flow.MaxIDLength)
	}
	return nil
}

// TooLarge returns the error of a value above its limit, in bytes.
func TooLarge(what string, size, limit int) error {
	return flow.Permanent(flow.WithCode(fmt.Errorf("%s has %d bytes: the limit is %d", what, size, limit), flow.CodeValueTooLarge))
}
