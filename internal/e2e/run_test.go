package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// secret is in every payload, and must not be in any log.
const secret = "s3cr3t"

// run is a run of a test blueprint.
type run struct {
	id, blueprint string
	n             int
}

// body returns the message that starts the run.
func (r run) body() string { return r.startAs(fmt.Sprintf(`"runId":%q,`, r.id)) }

// startAs returns the message that starts the run with another runId, or none.
func (r run) startAs(runID string) string {
	return fmt.Sprintf(`{"type":"start","blueprintId":%q,%s"input":{"n":%d,"note":%q}}`, r.blueprint, runID, r.n, secret)
}

// job returns the message that runs one of the run's nodes.
func (r run) job(node string, fields ...string) string {
	return fmt.Sprintf(`{"runId":%q,"blueprintId":%q,"nodeId":%q%s}`, r.id, r.blueprint, node, strings.Join(fields, ""))
}

// ordinary maps the blueprints whose runs complete to their results.
var ordinary = map[string]func(n int, report *flow.Report) (result string, skipped []string){
	"chain": func(n int, _ *flow.Report) (string, []string) { return fmt.Sprint((n + 1) * 2), nil },
	"fan":   func(n int, _ *flow.Report) (string, []string) { return fmt.Sprint(4 * n), nil },
	"first": func(n int, _ *flow.Report) (string, []string) { return fmt.Sprint(3 * n), nil },
	"choice": func(n int, _ *flow.Report) (string, []string) {
		if n >= 20 {
			return fmt.Sprintf(`"big%d"`, n), []string{"small"}
		}
		return fmt.Sprintf(`"small%d"`, n), []string{"big"}
	},
	"rescue": func(n int, _ *flow.Report) (string, []string) { return fmt.Sprint(n + 100), nil },
	"retry":  func(n int, _ *flow.Report) (string, []string) { return fmt.Sprint(n), nil },
	"notes":  func(n int, _ *flow.Report) (string, []string) { return fmt.Sprint(2*n + 3), nil },
	"big":    func(n int, _ *flow.Report) (string, []string) { return fmt.Sprint(450_000 + n), nil },
	"dice": func(_ int, report *flow.Report) (string, []string) {
		side := string(report.Outputs["throw"])
		return side, []string{map[string]string{`"heads"`: "t", `"tails"`: "h"}[side]}
	},
	"ladder": func(n int, _ *flow.Report) (string, []string) { return fmt.Sprint(8 * n), nil },
	"twins": func(n int, _ *flow.Report) (string, []string) {
		return fmt.Sprintf(`{"x":{"n":%d,"note":%q},"y":%d}`, n, secret, n+1), []string{"never"}
	},
	"survivor": func(n int, _ *flow.Report) (string, []string) { return fmt.Sprint(n), nil },
}

// some returns runs of these blueprints in turn.
func some(count int, prefix string, blueprints ...string) (runs []run) {
	for i := range count {
		b := blueprints[i%len(blueprints)]
		runs = append(runs, run{fmt.Sprintf("%s-%s-%d", prefix, b, i), b, i})
	}
	return runs
}

// bodies returns the messages that start the runs.
func bodies(runs []run) (all []string) {
	for _, r := range runs {
		all = append(all, r.body())
	}
	return all
}

// completed checks that runs have completed as their blueprint says.
func (d *dev) completed(runs ...run) {
	d.Helper()
	for _, r := range runs {
		d.checkCompleted(r, d.report(r.id))
	}
}

func (d *dev) checkCompleted(r run, report *flow.Report) {
	d.Helper()
	if report.Status != flow.Completed {
		d.Errorf("run %s has %s, want completed: %+v", r.id, report.Status, report.Error)
		return
	}
	result, skipped := ordinary[r.blueprint](r.n, report)
	if got := compact(report.Result); got != result {
		d.Errorf("result of run %s = %.200s, want %s", r.id, got, result)
	}
	for _, node := range report.Nodes {
		want := flow.TaskDone
		switch {
		case node.ID == "broken":
			want = flow.TaskFailed
		case slices.Contains(skipped, node.ID):
			want = flow.TaskSkipped
		}
		if node.State != want {
			d.Errorf("node %s of run %s is %s, want %s", node.ID, r.id, node.State, want)
		}
	}
}

func compact(value json.RawMessage) string {
	var decoded any
	if json.Unmarshal(value, &decoded) != nil {
		return string(value)
	}
	text, err := json.Marshal(decoded)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
