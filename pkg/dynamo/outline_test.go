package dynamo

import (
	"errors"
	"strings"
	"testing"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// A reader without values sees every state and time, and nothing else of a record.
func TestOutline(t *testing.T) {
	t.Parallel()
	f := setup(t)
	run, task := fullRun(), fullTask()
	task.RunID = run.ID
	f.create(t, run)
	f.commit(t, state.Transition{Task: &task})
	outline := f.Store.Outline()

	got, err := outline.Run(t.Context(), run.ID)
	if err != nil {
		t.Fatal(err)
	}
	want := run
	want.Result, want.Input, want.InputHash, want.StartMessageID, want.StartOwner = nil, nil, "", "", ""
	want.StartLeaseUntil = got.StartLeaseUntil
	want.Error = &flow.Failure{Code: run.Error.Code, NodeID: run.Error.NodeID}
	equal(t, "run", got, want)

	var records []state.TaskRecord
	for record, err := range outline.Tasks(t.Context(), state.TaskQuery{RunID: run.ID, Items: run.Items}) {
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, record)
	}
	bare := state.TaskRecord{
		RunID: task.RunID, TaskKey: task.TaskKey, State: task.State, LeaseUntil: task.LeaseUntil, Starts: task.Starts, Failures: task.Failures,
		DueAt: task.DueAt, StartedAt: task.StartedAt, FinishedAt: task.FinishedAt, Expires: task.Expires, Bare: true,
	}
	equal(t, "tasks", records, []state.TaskRecord{bare})
}

func TestOutline_of_what_it_does_not_read(t *testing.T) {
	t.Parallel()
	f := setup(t)
	outline := f.Store.Outline()
	if _, err := outline.Run(t.Context(), "none"); !errors.Is(err, flow.ErrNotFound) || !strings.Contains(err.Error(), "none") {
		t.Errorf("err = %v, want ErrNotFound that names the run", err)
	}
	if _, err := outline.Blueprint(t.Context(), state.BlueprintKey{ID: "b", Hash: "h"}); err == nil || !strings.Contains(err.Error(), "blueprint b (h)") {
		t.Errorf("err = %v, want one that names the blueprint", err)
	}
	var failed []error
	f.wire.loseNext("Query")
	for _, err := range outline.Tasks(t.Context(), state.TaskQuery{RunID: "none"}) {
		failed = append(failed, err)
	}
	if len(failed) > 0 { // a lost answer is read again
		t.Errorf("errors %v", failed)
	}
}
