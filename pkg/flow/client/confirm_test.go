package client_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/client"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// A start under the id of another run has no effect, and whoever waits for it is told.
func TestConfirm(t *testing.T) {
	t.Parallel()
	store, queue, worker := stack()
	ctx, runs := t.Context(), client.New(queue, store)
	given := map[string]any{"b": "é", "a": 1}
	for id, input := range map[string]any{"run-1": given, "run-2": nil} {
		if _, err := runs.Start(ctx, "order", input, client.WithRunID(id)); err != nil {
			t.Fatal(err)
		}
	}
	if err := runs.Confirm(ctx, "run-1", "order", given); !errors.Is(err, flow.ErrNotFound) {
		t.Errorf("before the start was handled: %v, want ErrNotFound", err)
	}
	if err := queue.Drain(ctx, worker); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		run, blueprint string
		input          any
		says           string
	}{
		"the same":             {"run-1", "order", given, ""},
		"the same, as text":    {"run-1", "order", json.RawMessage(` {"a" : 1, "b":"\u00e9"}`), ""},
		"without input":        {"run-2", "order", nil, ""},
		"null":                 {"run-2", "order", json.RawMessage("null"), ""},
		"of another blueprint": {"run-1", "refund", given, `a run of the blueprint "order"`},
		"with another input":   {"run-1", "order", map[string]any{"a": 2}, "another input"},
		"without the input":    {"run-1", "order", nil, "another input"},
		"with one":             {"run-2", "order", given, "another input"},
	} {
		err := runs.Confirm(ctx, test.run, test.blueprint, test.input)
		if test.says == "" && err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if other, ok := errors.AsType[*client.OtherRunError](err); test.says != "" && (!ok || !strings.Contains(other.Reason, test.says) || other.RunID != test.run) {
			t.Errorf("%s: %v, want another run: %s", name, err, test.says)
		}
	}
	if err := client.New(queue, nil).Confirm(ctx, "run-1", "order", given); err == nil {
		t.Error("a client that only sends confirms")
	}
	if _, err := store.Create(ctx, state.Run{ID: "early", Status: flow.Cancelled}); err != nil {
		t.Fatal(err)
	}
	if err := runs.Confirm(ctx, "early", "order", given); err != nil {
		t.Errorf("a run that was cancelled before its start: %v", err)
	}
}
