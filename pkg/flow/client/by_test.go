package client_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/client"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
	"github.com/flowcraft-go/flowcraft/pkg/flow/trace"
)

// Reports, with values and without, show the senders of a run's start and cancel.
func TestReportsSayWho(t *testing.T) {
	t.Parallel()
	store, _, _ := stack()
	b := state.BlueprintVersion{BlueprintKey: state.BlueprintKey{ID: "order", Hash: "h"}, Body: []byte(`{"id":"order","nodes":[{"id":"ship","uses":"pass"}]}`)}
	if _, err := store.Commit(t.Context(), state.Transition{Blueprint: &b}); err != nil {
		t.Fatal(err)
	}
	const id = "4bf92f3577b34da6a3ce929d0e0e4736"
	if _, err := store.Create(t.Context(), state.Run{
		ID: "r", BlueprintID: "order", BlueprintHash: "h", Status: flow.Cancelled, StartedBy: "AROASHOP:s", StartedByStated: "ada", CancelledBy: "AIDABOB", CancelledByStated: "bob",
		Traceparent: "00-" + id + "-00f067aa0ba902b7-01",
	}); err != nil {
		t.Fatal(err)
	}
	runs := client.New(nil, store)
	for name, read := range map[string]func() (*flow.Report, error){
		"Report":  func() (*flow.Report, error) { return runs.Report(t.Context(), "r") },
		"Inspect": func() (*flow.Report, error) { return runs.Inspect(t.Context(), "r") },
	} {
		r, err := read()
		if err != nil {
			t.Fatal(err)
		}
		got := []string{r.StartedBy, r.StartedByStated, r.CancelledBy, r.CancelledByStated, r.TraceID}
		if diff := cmp.Diff([]string{"AROASHOP:s", "ada", "AIDABOB", "bob", id}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// A client states its name in every message, and the client from which it is made does not.
func TestBy(t *testing.T) {
	t.Parallel()
	store, queue, worker := stack()
	plain := client.New(queue, store)
	ada := plain.By("ada")
	for id, c := range map[string]*client.Client{"named": ada, "plain": plain} {
		if _, err := c.Start(trace.ContextWith(t.Context(), ""), "order", nil, client.WithRunID(id)); err != nil {
			t.Fatal(err)
		}
	}
	if err := ada.Cancel(t.Context(), "early", ""); err != nil {
		t.Fatal(err)
	}
	if err := queue.Drain(t.Context(), worker); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string][2]string{"named": {"ada", ""}, "plain": {"", ""}, "early": {"", "ada"}} {
		run, err := store.Run(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if got := [2]string{run.StartedByStated, run.CancelledByStated}; got != want {
			t.Errorf("%s: stated %q, want %q", id, got, want)
		}
	}
	if _, err := plain.By("a\nb").Start(t.Context(), "order", nil); err == nil {
		t.Error("a name with a line break was sent")
	}
}
