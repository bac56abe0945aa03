package e2e

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

func TestRuns(t *testing.T) {
	t.Parallel()
	d := start(t)
	blueprints := slices.DeleteFunc(slices.Sorted(maps.Keys(ordinary)), func(id string) bool { return id == "survivor" })
	runs := some(44, "run", blueprints...)
	d.send(bodies(runs)...)
	emoji := d.startEmoji()
	d.ended(slices.Concat(runs, emoji)...)
	d.completed(runs...)
	d.completedEmoji(emoji)
	d.committedOnce(runs...)
	d.neverTwoAtOnce()
	d.quiet()
}

// note has characters of one to four bytes, as written in JSON.
const note = `"3 × 💡 für Zoë"`

// startEmoji starts two runs with emoji in the input: one by a message as the AWS
// command line sends it, one by flowctl.
func (d *dev) startEmoji() []run {
	d.Helper()
	d.send(`{"type": "start", "runId": "emoji-sent", "blueprintId": "emoji", "input": {"note": ` + note + `}}`)
	if out, code := d.flowctl("start", "emoji", "--run-id", "emoji-started", "--input", `{"note": `+note+`}`); code != 0 {
		d.Errorf("exit code of start = %d, want 0: %s", code, out)
	}
	return []run{{id: "emoji-sent"}, {id: "emoji-started"}}
}

// completedEmoji compares the outputs of the runs as values, since flowctl sends
// ASCII. The fork to two nodes with emoji in their names sends a message that names
// one of them.
func (d *dev) completedEmoji(runs []run) {
	d.Helper()
	value := `{"note":` + note + `}`
	for _, r := range runs {
		report := d.report(r.id)
		if report.Status != flow.Completed {
			d.Errorf("run %s has %s, want completed: %v", r.id, report.Status, report.Error)
			continue
		}
		for node, want := range map[string]string{
			"🚚 ship": value, "📧 mail": value, "done": fmt.Sprintf(`{"📧 mail":%s,"🚚 ship":%s}`, value, value),
		} {
			if got := compact(report.Outputs[node]); got != want {
				d.Errorf("run %s: output of %s = %s, want %s", r.id, node, got, want)
			}
		}
	}
}
