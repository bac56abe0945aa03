package e2e

import (
	"encoding/json"
	"os"
	"strings"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// written is a line of the trace of writes.
type written struct {
	Time      time.Time  `json:"time"`
	RunID     string     `json:"runId"`
	Key       string     `json:"key"`
	State     flow.State `json:"state"`
	Owner, Op string
}

// noted is a line that a node of the test worker wrote.
type noted struct {
	Time    time.Time `json:"time"`
	What    string    `json:"what"`
	RunID   string    `json:"runId"`
	NodeID  string    `json:"nodeId"`
	Attempt int       `json:"attempt"`
	Key     string    `json:"key"`
	PID     int       `json:"pid"`
}

func readLines[T any](d *dev, name string) (all []T) {
	d.Helper()
	data, err := os.ReadFile(d.file(name))
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		d.Fatal(err)
	}
	for text := range strings.Lines(string(data)) {
		var l T
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			d.Fatalf("%s: line %s: %v", name, text, err)
		}
		all = append(all, l)
	}
	return all
}

func task(runID, node string) string { return runID + "/" + node }

// committedOnce checks that each node of the runs with an outcome was committed by
// exactly one write, and that the other nodes were never committed.
func (d *dev) committedOnce(runs ...run) {
	d.Helper()
	commits, later := map[string]int{}, map[string]int{}
	for _, w := range readLines[written](d, "trace") {
		key := task(w.RunID, strings.TrimPrefix(w.Key, "node#"))
		if commits[key] > 0 {
			later[key]++
		}
		if w.State.Committed() {
			commits[key]++
		}
	}
	for _, r := range runs {
		for _, node := range d.report(r.id).Nodes {
			want := 0
			if node.State.Committed() {
				want = 1
			}
			key := task(r.id, node.ID)
			if commits[key] != want || later[key] > 0 {
				d.Errorf("%s (%s): %d commits, want %d, and %d writes after the first, want none", key, node.State, commits[key], want, later[key])
			}
		}
	}
}

// starts counts how often each task's code was started.
func (d *dev) starts() map[string]int {
	counts := map[string]int{}
	for _, n := range readLines[noted](d, "starts") {
		if n.What == "start" {
			counts[task(n.RunID, n.NodeID)]++
		}
	}
	return counts
}

// startedOnce checks that no task's code was started twice.
func (d *dev) startedOnce() {
	d.Helper()
	for key, n := range d.starts() {
		if n != 1 {
			d.Errorf("the code of %s was started %d times, want once", key, n)
		}
	}
}

// neverTwoAtOnce checks that no task's code was started while it was still running. A
// start without an end lasts until its process is gone.
func (d *dev) neverTwoAtOnce() {
	d.Helper()
	ends := map[int]time.Time{}
	for _, l := range d.matching(func(l line) bool { return l.text("sandbox") == "end" }) {
		at, err := time.Parse(time.RFC3339Nano, l.text("time"))
		if err != nil {
			d.Fatal(err)
		}
		ends[l.number("pid")] = at
	}
	running := map[string]noted{}
	for _, n := range readLines[noted](d, "starts") {
		key := task(n.RunID, n.NodeID)
		if n.What == "end" {
			delete(running, key)
			continue
		}
		if before, ok := running[key]; ok {
			if end, ended := ends[before.PID]; !ended || n.Time.Before(end) {
				d.Errorf("%s was started in process %d at %s, while process %d was at it since %s", key, n.PID, n.Time, before.PID, before.Time)
			}
		}
		running[key] = n
	}
}

// quiet checks every stack that was not asked to misbehave: no payload in its log,
// and no live work among the dead letters.
func (d *dev) quiet() {
	d.Helper()
	d.mu.Lock()
	log := d.raw.String()
	d.mu.Unlock()
	if at := strings.Index(log, secret); at >= 0 {
		d.Errorf("a payload is in the log: %s", log[max(0, at-300):min(len(log), at+100)])
	}
	for _, m := range d.dead() {
		d.Errorf("dead letter: %.300s", *m.Body)
	}
}

func (d *dev) logged(msg, runID string) []line {
	return d.matching(func(l line) bool { return l.text("msg") == msg && l.text("run_id") == runID })
}
