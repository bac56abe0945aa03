package bench

import (
	"bytes"
	"encoding/json"
	"sync"
)

// watch reads the log of a stack: the ends of nodes and runs, and the last trouble. So
// nothing has to poll, and the servers do only the work of the runs.
type watch struct {
	mu    sync.Mutex
	runs  map[string]chan struct{}
	nodes int
	last  string // line of a warning or an error
}

func newWatch() *watch { return &watch{runs: map[string]chan struct{}{}} }

// expect returns a channel that is closed when the run has ended.
func (w *watch) expect(runID string) <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	ended := make(chan struct{})
	w.runs[runID] = ended
	return ended
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
	w.mu.Lock()
	defer w.mu.Unlock()
	switch entry.Text {
	case "node finished":
		w.nodes++
	case "run completed", "run failed", "run cancelled":
		if ended, ok := w.runs[entry.RunID]; ok {
			delete(w.runs, entry.RunID)
			close(ended)
		}
	}
	if entry.Level == "WARN" || entry.Level == "ERROR" {
		w.last = string(bytes.TrimSpace(line))
	}
	return len(line), nil
}
