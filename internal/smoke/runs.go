package smoke

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/lambdaflow"
)

func newID() string { return strings.ToLower(rand.Text()[:12]) }

// start starts the configured run, and follows it to its end.
func (t *test) start(ctx context.Context) (string, error) {
	body, err := flow.ParseMessage(t.Start)
	if err != nil || body.Type != flow.TypeStart {
		return "", fmt.Errorf("%.200s starts no run: %w", t.Start, cmp.Or(err, errors.New("its type is not start")))
	}
	message, err := t.send(ctx, t.Start)
	if err != nil {
		return "", err
	}
	id := cmp.Or(body.RunID, message)
	report, err := t.follow(ctx, id, message)
	if err != nil {
		return "", err
	}
	done := 0
	for _, node := range report.Nodes {
		if node.State == flow.TaskDone {
			done++
		}
	}
	return fmt.Sprintf("run %s has completed, with %d of %d nodes done", id, done, len(report.Nodes)), nil
}

// The blueprint for the hops: each attempt of its one node has its own message.
const hopsBlueprint = "smoke"

// Lambda permits about 16 invocations in a row unless RecursiveLoop is Allow.
const recursiveLoop = 16

// hops starts a run that goes from the worker through the queue to the worker, more
// often than Lambda permits by default. The reconciler would rescue a run that was
// cut: it must not have been needed.
func (t *test) hops(ctx context.Context) (string, error) {
	id := "smoke-" + t.id
	body, err := flow.MessageBody{Type: flow.TypeStart, RunID: id, BlueprintID: hopsBlueprint}.Encode()
	if err != nil {
		return "", err
	}
	message, err := t.send(ctx, body)
	if err != nil {
		return "", err
	}
	report, err := t.follow(ctx, id, message)
	hops := 0
	if err == nil {
		hops, err = t.countHops(ctx, report)
	}
	if err != nil {
		// Messages that Lambda drops become dead letters.
		_, tidied := t.removeLetters(ctx, func(m types.Message) bool {
			body, err := flow.ParseMessage(*m.Body)
			return err == nil && body.RunID == id
		})
		return "", errors.Join(err, tidied)
	}
	return fmt.Sprintf("run %s has completed, after %d hops from the worker through the queue to the worker", id, hops), nil
}

// settle is the number of further looks at the log before it counts as complete:
// lines of other sandboxes, and of the reconciler, may come after the last one.
const settle = 5

// countHops counts the invocations in the run's log, without the first.
func (t *test) countHops(ctx context.Context, report *flow.Report) (hops int, err error) {
	attempts := 0
	for _, node := range report.Nodes {
		attempts = max(attempts, node.Attempts)
	}
	if attempts-1 <= recursiveLoop {
		return 0, fmt.Errorf("run %s has completed with %d hops, which is too few for the check: more than %d are needed; give the blueprint %q back its 20 attempts",
			report.RunID, attempts-1, recursiveLoop, hopsBlueprint)
	}
	looks := 0
	err = t.until(ctx, func() (bool, error) {
		lines, err := t.Logs.Lines(ctx, KeyRun, report.RunID)
		invocations := map[string]bool{}
		for _, line := range lines {
			invocations[line.RequestID] = true
			if flow.EventKind(line.Msg) == flow.RunRescued {
				return false, fmt.Errorf("run %s was lost and rescued: its messages may have been dropped after about %d in a row; is RecursiveLoop of the worker Allow?", report.RunID, recursiveLoop)
			}
		}
		if hops = len(invocations) - 1; hops > recursiveLoop {
			looks++
		}
		return looks > settle, err
	}, func() string {
		return fmt.Sprintf("run %s has made %d attempts, but its log has %d invocations", report.RunID, attempts, hops+1)
	})
	return hops, err
}

// follow waits until a run has completed, by its log and by the tables.
func (t *test) follow(ctx context.Context, id, message string) (report *flow.Report, err error) {
	var lines []Line
	err = t.until(ctx, func() (bool, error) {
		found, err := t.Logs.Lines(ctx, KeyRun, id)
		if err != nil {
			return false, err
		}
		lines = found
		for _, line := range lines {
			switch kind := flow.EventKind(line.Msg); kind {
			case flow.RunCompleted:
				return true, nil
			case flow.RunFailed, flow.RunCancelled:
				return false, fmt.Errorf("%s: %s; see flowctl inspect %s", line, cmp.Or(line.Error, line.Reason), id)
			}
		}
		return false, t.refused(ctx, message)
	}, func() string {
		if len(lines) == 0 {
			return fmt.Sprintf("there is no log line of run %s: check in its log, and by the age of the oldest message, that the worker starts, receives messages, and logs at level INFO", id)
		}
		last := lines[len(lines)-1]
		text := last.String()
		if why := cmp.Or(last.Error, last.Reason); why != "" {
			text += ": " + why
		}
		return fmt.Sprintf("run %s has not ended; its last log line is: %s; see flowctl inspect %s", id, text, id)
	})
	if err != nil {
		return report, err
	}
	report, err = t.Stack.Client().Report(ctx, id)
	if err == nil && report.Status != flow.Completed {
		err = fmt.Errorf("run %s has completed by its log, but is %s in the status table", id, report.Status)
	}
	return report, err
}

// refused returns the error of a message in the dead-letter queue, and removes the
// message, or the one that repeats it, from there.
func (t *test) refused(ctx context.Context, message string) error {
	for _, key := range []string{KeyMessage, KeyFirst} {
		lines, err := t.Logs.Lines(ctx, key, message)
		if err != nil {
			return err
		}
		for _, line := range lines {
			if line.Msg == lambdaflow.MessageRejected {
				return errors.Join(fmt.Errorf("message %s was rejected: %s", message, line.Reason), t.awaitLetter(ctx, line.MessageID))
			}
		}
	}
	return nil
}

// tick waits until the reconciler reports that it has examined the runs.
func (t *test) tick(ctx context.Context) (account string, err error) {
	err = t.until(ctx, func() (bool, error) {
		lines, err := t.Logs.Lines(ctx, KeyMsg, "tick")
		if err != nil {
			return false, err
		}
		for _, line := range lines {
			if line.Time.Before(t.begun) {
				continue
			}
			if line.Error != "" || line.FailedRuns+line.FailedTimers > 0 {
				return false, fmt.Errorf("a tick of the reconciler has failed (%d runs, %d timers): %s",
					line.FailedRuns, line.FailedTimers, cmp.Or(line.Error, "its log says why"))
			}
			account = fmt.Sprintf("the reconciler has examined all runs at %s", line.Time.UTC().Format(time.RFC3339))
			return true, nil
		}
		return false, nil
	}, func() string {
		return "there is no tick of the reconciler: does it start, and is its schedule enabled? Its log and the schedule tell"
	})
	return account, err
}
