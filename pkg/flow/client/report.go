package client

import (
	"context"
	"fmt"

	"github.com/flowcraft-go/flowcraft/internal/decide"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// MaxReport is the limit, in bytes, of a report's values together: outputs beyond it are
// named in [flow.Report.Omitted] with their sizes.
const MaxReport = 32 << 20

// Report returns the whole run, with its values up to [MaxReport]. Its error wraps
// [flow.ErrNotFound] if there is no such run.
func (c *Client) Report(ctx context.Context, runID string) (*flow.Report, error) {
	if c.directory == nil {
		return nil, errNoDirectory
	}
	run, err := c.directory.Run(ctx, runID)
	if err != nil {
		return nil, fmt.Errorf("read run %s: %w", runID, err)
	}
	body, err := c.directory.Blueprint(ctx, run.Blueprint())
	if err != nil {
		return nil, fmt.Errorf("read the blueprint of run %s: %w", runID, err)
	}
	b, err := flow.ParseBlueprint(body)
	if err != nil {
		return nil, fmt.Errorf("read the blueprint of run %s: %w", runID, err)
	}
	query := state.TaskQuery{RunID: runID, Items: run.Items, MaxBytes: max(1, MaxReport-len(run.Result))}
	var tasks []state.TaskRecord
	for task, err := range c.directory.Tasks(ctx, query) {
		if err != nil {
			return nil, fmt.Errorf("read the tasks of run %s: %w", runID, err)
		}
		tasks = append(tasks, task)
	}
	return decide.Report(b, run, tasks), nil
}

// Inspect returns where a run stands, without values: the states, times and codes of
// the nodes that have a record, in the order of their starts. It does not read the
// run's blueprint, nor results, outputs and the messages of errors. It works with a
// directory that reads nothing else, such as dynamo.Outline. Its error wraps
// [flow.ErrNotFound] if there is no such run.
func (c *Client) Inspect(ctx context.Context, runID string) (*flow.Report, error) {
	if c.directory == nil {
		return nil, errNoDirectory
	}
	run, err := c.directory.Run(ctx, runID)
	if err != nil {
		return nil, fmt.Errorf("read run %s: %w", runID, err)
	}
	var tasks []state.TaskRecord
	for task, err := range c.directory.Tasks(ctx, state.TaskQuery{RunID: runID, Items: run.Items, Bare: true}) {
		if err != nil {
			return nil, fmt.Errorf("read the tasks of run %s: %w", runID, err)
		}
		tasks = append(tasks, task)
	}
	return decide.Outline(run, tasks), nil
}
