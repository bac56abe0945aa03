package flowtest_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/flowtest"
)

func TestStubReturnsItsOutput(t *testing.T) {
	t.Parallel()
	for _, output := range []any{120, "lamp", nil} {
		got, err := flowtest.Stub(output).Handle(t.Context(), &flow.Task{})
		if diff := cmp.Diff(flow.Result{Output: output}, got); err != nil || diff != "" {
			t.Errorf("Handle = %v (-want +got):\n%s", err, diff)
		}
	}
}

func TestFailTimesCountsEachTaskSeparately(t *testing.T) {
	t.Parallel()
	busy := errors.New("busy")
	handler := flowtest.FailTimes(2, busy, flowtest.Stub(120))
	for call, key := range []string{"r/a", "r/a", "r/b", "r/a", "r/b", "r/b"} {
		got, err := handler.Handle(t.Context(), &flow.Task{Key: key})
		switch call {
		case 3, 5:
			if err != nil || got.Output != 120 {
				t.Errorf("call %d, third of %s = %v, %v, want 120", call, key, got.Output, err)
			}
		default:
			if !errors.Is(err, busy) {
				t.Errorf("call %d, of %s = %v, want busy", call, key, err)
			}
		}
	}
}
