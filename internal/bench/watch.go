package bench

import (
	"bytes"
	"encoding/json"
	"sync"
	"time"
)

// watch reads the log of a stack: the ends of nodes and runs, and the last trouble. So
// nothing has to poll, and the servers do only the work of the runs.
type watch struct {
	mu    sync.Mutex
	runs  map[string]*sight
	nodes int
	last  string // line of a warning or an error
}

// sight holds the log's lines of a run, by their times. After the run's end
// nothing of it changes any more.
type sight struct {
	ended   chan struct{} // closed then
	started time.Time
	nodes   []time.Time // ends
	over    time.Time
}

func newWatch() *watch { return &watch{runs: map[string]*sight{}} }

// expect returns the sight of a run that is to be started.
func (w *watch) expect(runID string) *sight {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := &sight{ended: make(chan struct{})}
	w.runs[runID] = s
	return s
}

func (w *watch) nodeCount() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.nodes
}

// trouble returns the last warning or error as the end of a message.
func (w *watch) trouble() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.last == "" {
		return ""
	}
	return "\nlast warning: " + w.last
}

// Write implements [io.Writer]; the stack writes whole lines.
func (w *watch) Write(line []byte) (int, error) {
	var entry struct {
		Level string `json:"level"`
		Text  string `json:"msg"`
		RunID string `json:"run_id"`
	}
	if json.Unmarshal(line, &entry) != nil { // a line of a node's own code
		return len(line), nil
	}
	now := time.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	run, expected := w.runs[entry.RunID]
	switch entry.Text {
	case "run started":
		if expected {
			run.started = now
		}
	case "node finished":
		w.nodes++
		if expected {
			run.nodes = append(run.nodes, now)
		}
	case "run completed", "run failed", "run cancelled":
		if expected {
			delete(w.runs, entry.RunID)
			run.over = now
			close(run.ended)
		}
	}
	if entry.Level == "WARN" || entry.Level == "ERROR" {
		w.last = string(bytes.TrimSpace(line))
	}
	return len(line), nil
}
