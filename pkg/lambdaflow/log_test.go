package lambdaflow_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/lambdaflow"
)

// Lambda filters lines by their level only if they have a timestamp. Attributes of a
// node's own code keep their names.
func TestLinesHaveATimestamp(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	before := time.Now()
	lambdaflow.NewLogger(&log, slog.LevelInfo).Info("hello", "time", "noon", slog.Group("g", slog.Time("time", before)))
	var line map[string]any
	if err := json.Unmarshal(log.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	text, _ := line["timestamp"].(string)
	if at, err := time.Parse(time.RFC3339Nano, text); err != nil || at.Before(before.Truncate(time.Second)) {
		t.Errorf("the timestamp is %q, %v, want the time of now", text, err)
	}
	if group, _ := line["g"].(map[string]any); line["time"] != "noon" || group["time"] == nil {
		t.Errorf("the code's own attributes were renamed: %s", log.String())
	}
}
