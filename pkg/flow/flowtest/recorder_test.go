package flowtest_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/flowtest"
)

func TestRecord_keeps_the_calls_of_a_stub(t *testing.T) {
	t.Parallel()
	charge := flowtest.Record(flowtest.FailTimes(1, errors.New("gateway timeout"), flowtest.Stub(120)))
	ship := flowtest.Record(flowtest.Stub("shipped"))
	run := flowtest.Run(t, twoSteps, flow.Registry{"charge": charge, "ship": ship}, order{Qty: 3})
	var attempts []int
	for _, call := range charge.Calls() {
		attempts = append(attempts, call.Attempt)
		if call.NodeID != "charge" || call.Key != run.RunID+"/charge" {
			t.Errorf("call of %s with key %s, want charge of run %s", call.NodeID, call.Key, run.RunID)
		}
		if in, err := flowtest.Input[order](call); err != nil || in.Qty != 3 {
			t.Errorf("input = %+v, %v, want 3 pieces", in, err)
		}
	}
	if diff := cmp.Diff([]int{1, 2}, attempts); diff != "" {
		t.Errorf("attempts of charge (-want +got):\n%s", diff)
	}
	if calls := ship.Calls(); len(calls) != 1 || string(calls[0].Input) != "120" {
		t.Errorf("calls of ship = %v, want one with 120", calls)
	}
}

func TestInput_of_another_type_is_an_error_that_names_the_call(t *testing.T) {
	t.Parallel()
	_, err := flowtest.Input[order](flowtest.Call{Key: "r/charge", Input: []byte(`"three"`)})
	if err == nil || !strings.Contains(err.Error(), "r/charge") {
		t.Errorf("Input = %v, want an error of r/charge", err)
	}
}

type order struct{ Qty int }

// reserve is node code that makes a reservation under the task's key.
func reserve(ctx context.Context, o order) (string, error) {
	task := flow.TaskFrom(ctx)
	task.Log().Info("reserved")
	return task.Key, task.Set("pieces", o.Qty)
}

// A function that uses TaskFrom can be called without an engine.
func TestTaskFrom_in_a_direct_call(t *testing.T) {
	t.Parallel()
	task := &flow.Task{Key: "r/reserve"}
	key, err := reserve(flow.ContextWithTask(t.Context(), task), order{Qty: 3})
	var pieces int
	if ok, getErr := task.Get(t.Context(), "pieces", &pieces); err != nil || getErr != nil || !ok || pieces != 3 || key != "r/reserve" {
		t.Errorf("reserve = %q, %v with %d pieces (%t, %v), want r/reserve with 3", key, err, pieces, ok, getErr)
	}
}
