package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/flowcraft-go/flowcraft/pkg/dynamo"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// watched starts a stack whose reconciler ticks every second and counts runs as
// stalled after little more than the least time that the functions' timeout allows.
func watched(t *testing.T, args ...string) *dev {
	t.Helper()
	return start(t, orElse(args, "--reconciler", reconciler, "--tick", "1s", "--stalled-after", "20s")...)
}

// purge drops all messages of the queue, as soon as it has count messages of a kind.
func (d *dev) purge(kind types.QueueAttributeName, count int) {
	d.Helper()
	d.queued(kind, count)
	if _, err := d.queue.PurgeQueue(d.Context(), &sqs.PurgeQueueInput{QueueUrl: &d.QueueURL}); err != nil {
		d.Fatal(err)
	}
}

// giveUp turns the messages in the queue into dead letters, as soon as there are
// count of them: it receives them until the queue gives them up. It returns their
// bodies.
func (d *dev) giveUp(count int) (bodies []string) {
	d.Helper()
	d.queued(types.QueueAttributeNameApproximateNumberOfMessages, count)
	for range 100 {
		out, err := d.queue.ReceiveMessage(d.Context(), &sqs.ReceiveMessageInput{QueueUrl: &d.QueueURL, MaxNumberOfMessages: 10})
		if err != nil {
			d.Fatal(err)
		}
		for _, m := range out.Messages {
			if _, err := d.queue.ChangeMessageVisibility(d.Context(), &sqs.ChangeMessageVisibilityInput{
				QueueUrl: &d.QueueURL, ReceiptHandle: m.ReceiptHandle, VisibilityTimeout: 0,
			}); err != nil {
				d.Fatal(err)
			}
		}
		for _, m := range d.dead() {
			bodies = append(bodies, *m.Body)
		}
		if len(bodies) == count {
			return bodies
		}
	}
	d.Fatalf("%d dead letters, want %d", len(bodies), count)
	return nil
}

// queued waits until count messages of a kind are in the queue.
func (d *dev) queued(kind types.QueueAttributeName, count int) {
	d.Helper()
	d.eventually(func() string {
		out, err := d.queue.GetQueueAttributes(d.Context(), &sqs.GetQueueAttributesInput{
			QueueUrl: &d.QueueURL, AttributeNames: []types.QueueAttributeName{kind},
		})
		if err != nil {
			d.Fatal(err)
		}
		if got := out.Attributes[string(kind)]; got != fmt.Sprint(count) {
			return fmt.Sprintf("%s is %s, want %d", kind, got, count)
		}
		return ""
	})
}

// rescued checks whether the reconciler has rescued a run.
func (d *dev) rescued(r run, want bool) {
	d.Helper()
	if got := len(d.logged("run rescued", r.id)) > 0; got != want {
		d.Errorf("run %s was rescued: %v, want %v", r.id, got, want)
	}
}

// result checks that a run has completed with a result, and all its nodes are done.
func (d *dev) result(r run, want string) {
	d.Helper()
	report := d.report(r.id)
	if got := compact(report.Result); report.Status != flow.Completed || got != want {
		d.Errorf("run %s has %s with result %s (%+v), want completed with %s", r.id, report.Status, got, report.Error, want)
	}
	for _, node := range report.Nodes {
		if node.State != flow.TaskDone {
			d.Errorf("node %s of run %s is %s, want done", node.ID, r.id, node.State)
		}
	}
}

// Lost messages are sent again from the records: the jobs of branches that wait for
// the one sandbox.
func TestLostJobs(t *testing.T) {
	t.Parallel()
	d := watched(t, "--sandboxes", "1", "--batch", "1")
	r := run{"lost-1", "lost", 7}
	d.send(r.body())
	d.purge(types.QueueAttributeNameApproximateNumberOfMessages, 2)
	d.ended(r)
	d.rescued(r, true)
	d.result(r, "21")
	d.committedOnce(r)
	d.startedOnce()
	d.neverTwoAtOnce()
	d.quiet()
}

// Jobs that the queue has given up are sent again like lost ones. When the dead
// letters are moved back after the run's end, they start nothing.
func TestDeadLetters(t *testing.T) {
	t.Parallel()
	d := watched(t, "--sandboxes", "1", "--batch", "1")
	r := run{"dead-1", "lost", 7}
	d.send(r.body())
	letters := d.giveUp(2)
	d.ended(r)
	d.rescued(r, true)
	d.result(r, "21")
	d.send(letters...)
	d.settled()
	d.committedOnce(r)
	d.startedOnce()
	d.quiet()
}

// A lost delayed retry is sent again, and the healthy runs beside it are not
// affected.
func TestLostRetries(t *testing.T) {
	t.Parallel()
	d := watched(t)
	lost := some(3, "lost", "later")
	d.send(bodies(lost)...)
	d.purge(types.QueueAttributeNameApproximateNumberOfMessagesDelayed, len(lost))
	healthy := some(12, "near", "chain", "fan", "choice", "retry")
	d.send(bodies(healthy)...)
	d.ended(append(lost, healthy...)...)
	for _, r := range lost {
		d.rescued(r, true)
		d.result(r, fmt.Sprint(r.n))
	}
	d.completed(healthy...)
	d.committedOnce(append(lost, healthy...)...)
	d.startsAtMost(append(lost, healthy...)...)
	d.neverTwoAtOnce()
	d.quiet()
}

// A retry beyond the maximum delay of a queue is kept as a timer, which the
// reconciler turns into a message when it is due: here at a time that the test sets.
func TestFarRetry(t *testing.T) {
	t.Parallel()
	d := watched(t)
	r := run{"far-1", "far", 7}
	d.send(r.body())
	store := dynamo.New(d.db, dynamo.Names{Context: d.ContextTable, Status: d.StatusTable, Coordination: d.CoordinationTable}, dynamo.Config{})
	timers := func() (all []state.Timer) {
		for timer, err := range store.Due(t.Context(), time.Now().Add(24*time.Hour)) {
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, timer)
		}
		return all
	}
	d.eventually(func() string {
		if len(timers()) == 0 {
			return "there is no timer"
		}
		return ""
	})
	timer := timers()[0]
	flaky := state.TaskKey{Node: "flaky"}
	snapshot, err := store.Load(t.Context(), state.ReadSet{RunID: r.id, Tasks: []state.TaskKey{flaky}})
	if err != nil {
		t.Fatal(err)
	}
	record := snapshot.Tasks[flaky]
	timer.DueAt = time.Now().Add(2 * time.Second)
	record.DueAt = timer.DueAt // a message alone brings no attempt forward
	for _, change := range []state.Transition{{Task: &record}, {Timer: &timer}} {
		if _, err := store.Commit(t.Context(), change); err != nil {
			t.Fatal(err)
		}
	}
	d.ended(r)
	d.result(r, "7")
	d.committedOnce(r)
	d.rescued(r, false)
	if n := d.starts()[task(r.id, "flaky")]; n != 2 {
		t.Errorf("the code of the retried node was started %d times, want 2", n)
	}
	if left := timers(); len(left) > 0 {
		t.Errorf("timers left: %+v", left)
	}
	d.await("the tick that fired the timer", func(l line) bool { return l.text("msg") == "tick" && l.number("timers") == 1 })
	d.quiet()
}
