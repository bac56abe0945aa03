package main

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A row of the table of settings: `Resource.Path` and its value as JSON.
var settingRow = regexp.MustCompile("(?m)^\\| `(\\w+)\\.([\\w.]+)` \\| `([^`]+)` \\| (.+) \\|$")

// kindOf returns the type of the resource with an id.
func kindOf(id string) string {
	for suffix, kind := range map[string]string{
		"Worker": kindFunction, "Reconciler": kindFunction, "Mapping": kindMapping, "EventInvokeConfig": kindInvoke, "Logs": kindLogs,
		"Queue": kindQueue, "DeadLetters": kindQueue, "Policy": "AWS::SQS::QueuePolicy", "Tick": kindSchedule,
		"Context": kindTable, "Status": kindTable, "Coordination": kindTable,
	} {
		if strings.HasSuffix(id, suffix) {
			return kind
		}
	}
	return ""
}

// The settings that the documentation gives reasons for are those of the template,
// in all resources of a kind if it says so.
func TestSettingsHaveReasons(t *testing.T) {
	tm := synthesize(t, nil)
	rows := settingRow.FindAllStringSubmatch(readFile(t, filepath.Join(repository, "docs", "operations.md")), -1)
	if len(rows) < 50 {
		t.Fatalf("docs/operations.md has %d settings: are they no rows of a table any more?", len(rows))
	}
	check := func(id, path, want string) {
		_, resource := tm.one(kindOf(id), id)
		if got := texted(at(resource, "Properties."+path)); got != want {
			t.Errorf("%s.%s is %s, but docs/operations.md says %s", id, path, got, want)
		}
	}
	for _, row := range rows {
		id, path, value := row[1], row[2], row[3]
		check(id, path, value)
		switch id {
		case "Context":
			check("Status", path, value)
			check("Coordination", path, value)
		case "WorkerLogs":
			check("ReconcilerLogs", path, value)
		case "QueuePolicy":
			check("DeadLettersPolicy", path, value)
		case "Worker":
			if path == "Runtime" || path == "Architectures" || strings.HasPrefix(path, "LoggingConfig.") {
				check("Reconciler", path, value)
			}
		}
	}
}
