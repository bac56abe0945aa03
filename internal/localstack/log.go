package localstack

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"sync"
	"time"
	"unicode/utf8"
)

// maxLine limits the memory for a function's output without line ends, in bytes.
const maxLine = 1 << 20

// Log writes JSON lines: the functions' output, and the events of their sandboxes. It
// is safe for concurrent use; each line is one Write of the underlying writer.
type Log struct {
	mu sync.Mutex
	w  io.Writer
}

// NewLog returns a log that writes to w.
func NewLog(w io.Writer) *Log { return &Log{w: w} }

// Write writes one whole line.
func (l *Log) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(line)
}

// Logger returns the logger for the local stack's own messages.
func (l *Log) Logger() *slog.Logger { return slog.New(slog.NewJSONHandler(l, nil)) }

func (l *Log) encode(v any) {
	// The values are structs of texts and numbers, and a closed reader of the log is
	// no reason to stop.
	line, _ := json.Marshal(v)
	_, _ = l.Write(append(line, '\n'))
}

// sandboxEvent reports the start or the end of a function's process.
type sandboxEvent struct {
	Time     time.Time `json:"time"`
	Sandbox  string    `json:"sandbox"` // start or end
	Function string    `json:"function"`
	PID      int       `json:"pid"`
	Reason   string    `json:"reason,omitempty"` // of the end
}

// printed is a line of a function that is not a JSON object itself.
type printed struct {
	Time     time.Time `json:"time"`
	Function string    `json:"function"`
	Line     string    `json:"line"`
}

// line writes a function's line, unchanged if it is a JSON object.
func (l *Log) line(function string, line []byte) {
	line = bytes.TrimSpace(line)
	switch {
	case len(line) == 0:
	case line[0] == '{' && json.Valid(line) && utf8.Valid(line):
		_, _ = l.Write(append(bytes.Clone(line), '\n'))
	default:
		l.encode(printed{time.Now().UTC(), function, string(line)})
	}
}

// lines splits a function's output into lines.
type lines struct {
	emit func(line []byte)
	rest []byte
}

// Write never fails.
func (l *lines) Write(p []byte) (int, error) {
	l.rest = append(l.rest, p...)
	for {
		line, rest, found := bytes.Cut(l.rest, []byte{'\n'})
		if !found {
			break
		}
		l.emit(line)
		l.rest = rest
	}
	if len(l.rest) >= maxLine {
		l.flush()
	}
	return len(p), nil
}

func (l *lines) flush() {
	l.emit(l.rest)
	l.rest = nil
}
