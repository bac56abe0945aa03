// Package display shows runs to people.
package display

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// Report prints a report as a small table of its nodes.
func Report(out io.Writer, r flow.Report) error {
	fmt.Fprintf(out, "run %s of %s: %s\n", r.RunID, r.BlueprintID, r.Status)
	if r.Error != nil {
		fmt.Fprintf(out, "%s: %s\n", r.Error.Code, r.Error.Message)
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NODE\tSTATE\tATTEMPTS\tSTARTED\tTOOK")
	for _, n := range r.Nodes {
		id := n.ID
		if n.Scope != "" {
			id += "@" + n.Scope
		}
		started, took := "", ""
		if n.StartedAt != nil {
			started = n.StartedAt.Format("15:04:05.000")
		}
		if n.StartedAt != nil && n.FinishedAt != nil {
			took = n.FinishedAt.Sub(*n.StartedAt).Round(time.Millisecond).String()
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\n", id, n.State, n.Attempts, started, took)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("print the report: %w", err)
	}
	fmt.Fprintf(out, "result: %s\n", r.Result)
	return nil
}
