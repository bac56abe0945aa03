package client

import (
	"context"
	"fmt"

	"github.com/flowcraft-go/flowcraft/internal/decide"
	"github.com/flowcraft-go/flowcraft/internal/rawjson"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// OtherRunError says that a run's id belongs to another run than the one that a start
// asked for: the start had no effect.
type OtherRunError struct {
	RunID  string
	Reason string
}

func (e *OtherRunError) Error() string {
	return fmt.Sprintf("run %s is not the one that was asked for: %s, so the start had no effect; give the new run an id of its own", e.RunID, e.Reason)
}

// Confirm tells whether the run that exists under an id is that of a start with this
// blueprint and input, as given to [Client.Start]. It returns an [*OtherRunError] if not,
// and an error that wraps [flow.ErrNotFound] as long as no worker has handled the start.
// Inputs are compared by value, where the directory reads their hashes.
func (c *Client) Confirm(ctx context.Context, runID, blueprintID string, input any) error {
	if c.directory == nil {
		return errNoDirectory
	}
	run, err := c.directory.Run(ctx, runID)
	if err != nil {
		return fmt.Errorf("read run %s: %w", runID, err)
	}
	return other(run, blueprintID, input)
}

func other(run state.Run, blueprintID string, input any) error {
	if run.BlueprintID == "" { // it was cancelled before its start
		return nil
	}
	if run.BlueprintID != blueprintID {
		return &OtherRunError{run.ID, fmt.Sprintf("it is a run of the blueprint %q", run.BlueprintID)}
	}
	text := rawjson.Null
	if input != nil {
		var err error
		if text, err = rawjson.Encode(input); err != nil {
			return fmt.Errorf("encode the input of a %s run: %w", blueprintID, err)
		}
	}
	if run.InputHash == "" || decide.HasInput(run.InputHash, text) || input == nil && decide.HasInput(run.InputHash, nil) {
		return nil
	}
	return &OtherRunError{run.ID, "it was started with another input"}
}
