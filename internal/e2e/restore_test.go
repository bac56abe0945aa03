package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/flowcraft-go/flowcraft/internal/localstack"
	"github.com/flowcraft-go/flowcraft/internal/servers/serverstest"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// loss is a stack that was lost while runs were under way. Two backups of its tables
// are left, and its queue.
type loss struct {
	*dev
	config                 localstack.Config
	recorder               *recorder
	older, newer           backup
	before, between, after []run // by when they were started: before the older backup, …
}

// lose lets a stack work on runs, backs its tables up at two moments, and loses it.
func lose(t *testing.T) *loss {
	t.Helper()
	l := &loss{recorder: newRecorder(t, serverstest.DynamoDB(t).Endpoint)}
	l.config = localstack.Config{DynamoDBEndpoint: l.recorder.endpoint, SQSEndpoint: serverstest.SQS(t).Endpoint}
	var stop func()
	l.dev, stop = attach(t, "lost", l.config)
	blueprints := []string{"long", "slowfan", "notes", "retry", "chain", "lost", "later", "fan", "big", "ladder"}
	l.before, l.between = some(20, "before", blueprints...), some(10, "between", blueprints...)
	l.after = some(4, "after", "chain", "long")

	l.send(bodies(l.before)...)
	l.comesTo(l.before[0], "n2")
	l.older = l.recorder.backup(l.dev)
	l.send(bodies(l.between)...)
	l.comesTo(l.between[0], "n3")
	l.newer = l.recorder.backup(l.dev)
	l.send(bodies(l.after)...)
	l.ended(l.after[0])
	l.comesTo(l.after[1], "n2")
	stop()
	return l
}

// comesTo waits until the code of a run's node has started.
func (d *dev) comesTo(r run, node string) {
	d.Helper()
	d.eventually(func() string {
		if d.starts()[task(r.id, node)] == 0 {
			return fmt.Sprintf("run %s has not come to %s", r.id, node)
		}
		return ""
	})
}

// The drill of docs/operations.md: runs go on in tables that were restored to one
// moment, with the queue that is left, and with an empty one. It names the work that
// is lost, and the work that is done again. In tables of different moments no run
// succeeds with a wrong result.
func TestRestore(t *testing.T) {
	t.Parallel()
	l := lose(t)
	t.Run("to one moment, with the queue", func(t *testing.T) {
		t.Parallel()
		l.drill(t, "queue", l.config)
	})
	t.Run("to one moment, without the queue", func(t *testing.T) {
		t.Parallel()
		config := l.config
		config.SQSEndpoint = serverstest.SQS(t).Endpoint
		l.drill(t, "empty", config)
	})
	t.Run("context before status", func(t *testing.T) {
		t.Parallel()
		d := l.mixed(t, "context", backup{l.older.context, l.newer.status, l.newer.coordination})
		var open []run
		for _, r := range l.between {
			if !l.newer.runs()[r.id].Terminal() {
				open = append(open, r)
			}
		}
		if len(open) == 0 {
			t.Fatal("no run began between the moments and was under way at the later one")
		}
		d.ended(append(open, l.before...)...)
		for _, r := range open {
			if e := d.report(r.id).Error; e == nil || e.Code != "damaged" || !strings.Contains(e.Message, "input") {
				t.Errorf("run %s, whose input is not there, ended by %v, want damaged", r.id, e)
			}
		}
		d.rightOrDamaged(l.before...)
	})
	t.Run("status before context", func(t *testing.T) {
		t.Parallel()
		d := l.mixed(t, "status", backup{l.newer.context, l.older.status, l.newer.coordination})
		d.ended(l.before...)
		d.right(l.before...)
		d.notRepeated(l.newer)
		d.send(bodies(l.between)...) // the records of their nodes are there, and stand
		d.ended(l.between...)
		d.right(l.between...)
	})
	t.Run("coordination before the others", func(t *testing.T) {
		t.Parallel()
		b := backup{l.newer.context, l.newer.status, l.older.coordination}
		d := l.mixed(t, "coordination", b)
		d.ended(l.before...)
		d.right(l.before...)
		d.notRepeated(b)
	})
}

// mixed attaches functions to tables of different moments, and to an empty queue.
func (l *loss) mixed(t *testing.T, name string, b backup) *dev {
	t.Helper()
	config := l.config
	config.SQSEndpoint = serverstest.SQS(t).Endpoint
	b.restore(t, l.recorder.direct, name, &config)
	d, _ := attach(t, name, config)
	return d
}

// drill attaches functions to tables that were restored to one moment.
func (l *loss) drill(t *testing.T, name string, config localstack.Config) {
	t.Helper()
	l.newer.restore(t, l.recorder.direct, name, &config)
	d, _ := attach(t, name, config)
	existing := append(slices.Clone(l.before), l.between...)
	d.ended(existing...)
	d.right(existing...)
	d.notRepeated(l.newer)
	l.repeated(d)
	d.neverTwoAtOnce()

	// A later run that had ended is not there; one whose message is still in the queue
	// may have begun again. To start them all again does no harm.
	if status, there := d.statuses()[l.after[0].id]; there {
		t.Errorf("run %s, which started and ended after the moment, is there: %s", l.after[0].id, status)
	}
	d.send(bodies(l.after)...)
	d.ended(l.after...)
	d.right(l.after...)
	d.drained()
	l.letters(d)
}

// rightOrDamaged checks the results of runs that have not failed since a join lacks the
// record of a node that has led to it.
func (d *dev) rightOrDamaged(runs ...run) {
	d.Helper()
	for _, r := range runs {
		if e := d.report(r.id).Error; e == nil || e.Code != "damaged" || !strings.Contains(e.Message, "has led to it") {
			d.right(r)
		}
	}
}

// right checks the results of runs.
func (d *dev) right(runs ...run) {
	d.Helper()
	others := map[string]func(int) string{
		"long":    func(n int) string { return fmt.Sprintf(`{"n":%d,"note":%q}`, n, secret) },
		"slowfan": func(n int) string { return fmt.Sprint(2 * n) },
		"lost":    func(n int) string { return fmt.Sprint(3 * n) },
		"later":   func(n int) string { return fmt.Sprint(n) },
	}
	for _, r := range runs {
		report, want := d.report(r.id), ""
		if result, ok := ordinary[r.blueprint]; ok {
			want, _ = result(r.n, report)
		} else {
			want = others[r.blueprint](r.n)
		}
		if got := compact(report.Result); report.Status != flow.Completed || got != want {
			d.Errorf("run %s has %s with result %.200s (%v), want completed with %s", r.id, report.Status, got, report.Error, want)
		}
	}
}

// notRepeated checks that no code of a node started that has an outcome in the backup.
func (d *dev) notRepeated(b backup) {
	d.Helper()
	starts := d.starts()
	for node := range b.committed() {
		if starts[node] > 0 {
			d.Errorf("%s, which had an outcome in the restored tables, ran again", node)
		}
	}
}

// repeated checks the nodes that came to an outcome after the backup: those of runs that
// it has run a second time, with the same idempotency key.
func (l *loss) repeated(d *dev) {
	d.Helper()
	kept, runs, keys := l.newer.committed(), l.newer.runs(), map[string]string{}
	for _, n := range readLines[noted](d, "starts") {
		keys[task(n.RunID, n.NodeID)] = n.Key
	}
	var again []string
	for _, n := range readLines[noted](l.dev, "starts") {
		node := task(n.RunID, n.NodeID)
		if runs[n.RunID] == "" || kept[node] || n.What != "end" {
			continue
		}
		again = append(again, node)
		if keys[node] == "" || keys[node] != n.Key {
			d.Errorf("%s ran before the loss with key %q, and after the restore with key %q, want the same", node, n.Key, keys[node])
		}
	}
	if len(again) == 0 {
		d.Error("no node ran between the moment and the loss, so that the test shows nothing")
	}
	d.Logf("ran again: %v", again)
}

// letters checks that the dead letters are jobs of runs that the tables do not have,
// or that come too early: both do no harm.
func (l *loss) letters(d *dev) {
	d.Helper()
	reasons := d.matching(func(l line) bool { return l.text("msg") == "message rejected" })
	for _, m := range d.dead() {
		var job struct{ RunID, NodeID string }
		if err := json.Unmarshal([]byte(*m.Body), &job); err != nil || job.NodeID == "" {
			d.Errorf("dead letter %s is no job: %v", *m.Body, err)
		}
	}
	for _, r := range reasons {
		reason := r.text("reason")
		if !strings.HasPrefix(reason, "there is no run ") && !strings.HasPrefix(reason, "nothing has led to node ") {
			d.Errorf("a message was rejected for %q", reason)
		}
	}
	d.Logf("rejected: %d", len(reasons))
}
