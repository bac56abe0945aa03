// Package display shows runs to people.
package display

import (
	"fmt"
	"io"
	"reflect"
	"text/tabwriter"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// Report prints a report as a small table of its nodes. Texts in it are those of others,
// and are printed as [Plain] makes them.
func Report(out io.Writer, r *flow.Report) error {
	fmt.Fprintf(out, "run %s of %s: %s\n", Plain(r.RunID), Plain(r.BlueprintID), Plain(string(r.Status)))
	if who := by(r.StartedBy, r.StartedByStated); who != "" {
		fmt.Fprintf(out, "started by %s\n", Plain(who))
	}
	if who := by(r.CancelledBy, r.CancelledByStated); who != "" {
		fmt.Fprintf(out, "cancelled by %s\n", Plain(who))
	}
	if r.TraceID != "" {
		fmt.Fprintf(out, "trace %s\n", Plain(r.TraceID))
	}
	if r.WaitingFor != "" {
		fmt.Fprintf(out, "waits for %s\n", Plain(r.WaitingFor))
	}
	if r.Error != nil {
		fmt.Fprintln(out, failure(r.Error))
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NODE\tSTATE\tATTEMPTS\tSTARTED\tTOOK")
	for _, n := range r.Nodes {
		id := n.ID
		if n.Scope != "" {
			id += "@" + n.Scope
		}
		id = Plain(id)
		started, took := "", ""
		if n.StartedAt != nil {
			started = n.StartedAt.Format("15:04:05.000")
		}
		if n.StartedAt != nil && n.FinishedAt != nil {
			took = n.FinishedAt.Sub(*n.StartedAt).Round(time.Millisecond).String()
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\n", id, Plain(string(n.State)), n.Attempts, started, took)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("print the report: %w", err)
	}
	for _, n := range r.Nodes { // failed attempts that did not end the run
		if n.Error != nil && (r.Error == nil || !reflect.DeepEqual(n.Error, r.Error)) {
			fmt.Fprintln(out, failure(n.Error))
		}
	}
	for _, n := range r.Nodes {
		if size := r.Omitted[n.ID]; size > 0 && n.Scope == "" {
			fmt.Fprintf(out, "%s: the values of its record have %d bytes, too large to be shown\n", Plain(n.ID), size)
		}
	}
	for _, n := range r.Nodes {
		if n.Unmatched {
			fmt.Fprintf(out, "%s: its result takes none of its edges, so its branch ends there\n", Plain(n.ID))
		}
	}
	if size := len(r.Result); size > maxShown {
		fmt.Fprintf(out, "result: %d bytes, too large to be shown here\n", size)
		return nil
	}
	if r.Result != nil { // it was read
		fmt.Fprintf(out, "result: %s\n", Plain(string(r.Result)))
	}
	return nil
}

// by names the sender of a message: a name that the message states is no more than that.
func by(sender, stated string) string {
	switch {
	case stated == "":
		return sender
	case sender == "":
		return stated + " (stated)"
	}
	return stated + " (stated), sent by " + sender
}

// maxShown is the limit, in bytes, of a result that people read.
const maxShown = 100_000

// failure returns an error with its place.
func failure(f *flow.Failure) string {
	said := f.Code
	if f.Message != "" {
		said += ": " + f.Message
	}
	if f.NodeID == "" {
		return Plain(said)
	}
	place := f.NodeID
	if f.Scope != "" {
		place += "@" + f.Scope
	}
	if f.Attempt > 0 {
		place += fmt.Sprintf(", attempt %d", f.Attempt)
	}
	return Plain(place + ": " + said)
}
