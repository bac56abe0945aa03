package smoke

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
)

// Line has the fields of a function's log line that the checks read.
type Line struct {
	Time         time.Time `json:"timestamp"`
	Msg          string    `json:"msg"`
	RunID        string    `json:"run_id"`
	NodeID       string    `json:"node_id"`
	MessageID    string    `json:"message_id"`
	FirstID      string    `json:"first_message_id"` // of a message that was sent again
	RequestID    string    `json:"request_id"`       // of the invocation
	Reason       string    `json:"reason"`
	Error        string    `json:"error"`
	FailedRuns   int       `json:"failed_runs"`
	FailedTimers int       `json:"failed_timers"`
}

func (l Line) String() string {
	text := l.Time.UTC().Format(time.RFC3339) + " " + l.Msg
	if l.NodeID != "" {
		text += " (node " + l.NodeID + ")"
	}
	return text
}

// parse reads the known fields of a line: other programs write lines too.
func parse(text []byte) (line Line) {
	_ = json.Unmarshal(text, &line)
	return line
}

// The keys by which lines are searched.
const (
	KeyMsg     = "msg"
	KeyRun     = "run_id"
	KeyMessage = "message_id"
	KeyFirst   = "first_message_id"
)

func (l Line) field(key string) string {
	return map[string]string{KeyMsg: l.Msg, KeyRun: l.RunID, KeyMessage: l.MessageID, KeyFirst: l.FirstID}[key]
}

// Logs reads the logs of both functions.
type Logs interface {
	// Lines returns the lines so far with this value of a key, the oldest first. The
	// latest lines may be missing.
	Lines(ctx context.Context, key, value string) ([]Line, error)
}

// File is the file with the output of flowctl dev.
type File string

// Lines implements [Logs].
func (f File) Lines(_ context.Context, key, value string) ([]Line, error) {
	data, err := os.ReadFile(string(f))
	if err != nil {
		return nil, err
	}
	var found []Line
	for text := range bytes.Lines(data) {
		if line := parse(text); line.field(key) == value {
			found = append(found, line)
		}
	}
	return found, nil
}

// CloudWatch reads log groups.
type CloudWatch struct {
	Client *cloudwatchlogs.Client
	Groups []string
	Since  time.Time // older lines are not requested
}

// Lines implements [Logs].
func (c CloudWatch) Lines(ctx context.Context, key, value string) ([]Line, error) {
	var found []Line
	for _, group := range c.Groups {
		pages := cloudwatchlogs.NewFilterLogEventsPaginator(c.Client, &cloudwatchlogs.FilterLogEventsInput{
			LogGroupName: &group, StartTime: new(c.Since.UnixMilli()), FilterPattern: new(fmt.Sprintf("{ $.%s = %q }", key, value)),
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, fmt.Errorf("read log group %s: %w", group, err)
			}
			for _, event := range page.Events {
				found = append(found, parse([]byte(*event.Message)))
			}
		}
	}
	slices.SortStableFunc(found, func(a, b Line) int { return a.Time.Compare(b.Time) })
	return found, nil
}
