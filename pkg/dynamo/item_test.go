package dynamo

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/flowcraft-go/flowcraft/internal/rawjson"
	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

var updateGolden = flag.Bool("update", false, "write the golden files")

func TestItems_keep_every_field(t *testing.T) {
	t.Parallel()
	equal(t, "run", runOf(runItem(fullRun())), fullRun())
	equal(t, "task", recordOf(t, testLayout.taskItem(fullTask())), fullTask())
	equal(t, "empty run", runOf(runItem(state.Run{ID: "r"})), state.Run{ID: "r"})
	empty := state.TaskRecord{RunID: "r", TaskKey: state.TaskKey{Node: "n"}}
	equal(t, "empty task", recordOf(t, testLayout.taskItem(empty)), empty)
}

func recordOf(t *testing.T, it item) state.TaskRecord {
	t.Helper()
	record, err := taskOf(it)
	if err != nil {
		t.Fatal(err)
	}
	return record
}

func TestItems_golden(t *testing.T) {
	t.Parallel()
	run := fullRun()
	run.Input = []byte(`{"item":"lamp"}`)
	large := testLayout.taskItem(fullTask())
	large[tables.Output] = text(`"` + string(make([]byte, maxItem)) + `"`)
	testLayout.spill(large, inItem)
	for name, it := range map[string]item{
		"run":        runItem(run),
		"input":      testLayout.inputItem(run),
		"task":       testLayout.taskItem(fullTask()),
		"large_task": large,
		"value":      testLayout.valueItem("run-1", state.ContextWrite{Key: "cart", ContextValue: state.ContextValue{Value: []byte(`[1]`)}}, now),
		"tombstone":  testLayout.valueItem("run-1", state.ContextWrite{Key: "cart", ContextValue: state.ContextValue{Deleted: true}}, now),
		"blueprint":  testLayout.blueprintItem(state.BlueprintVersion{BlueprintKey: state.BlueprintKey{ID: "order", Hash: "abc"}, Version: "3", Body: []byte(`{"id":"order"}`), StartedAt: now}),
		"timer": testLayout.timerItem(state.Timer{
			RunID: "run-1", TaskKey: state.TaskKey{Node: "nap", Scope: "poll.3"}, Attempt: 2,
			DueAt: now, Body: `{"runId":"run-1"}`, Tenant: "acme", Expires: now,
		}),
	} {
		golden(t, name, it)
	}
}

// golden compares an item with a file that shows it as the console does.
func golden(t *testing.T, name string, it item) {
	t.Helper()
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(it)) {
		value, err := rawjson.Encode(plain(it[name]))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s: %s\n", name, value)
	}
	got := b.String()
	path := filepath.Join("testdata", name+".golden")
	if *updateGolden {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, name, got, string(want))
}

// plain returns a value in DynamoDB's JSON.
func plain(value types.AttributeValue) any {
	switch v := value.(type) {
	case *types.AttributeValueMemberS:
		return map[string]any{"S": v.Value}
	case *types.AttributeValueMemberN:
		return map[string]any{"N": v.Value}
	case *types.AttributeValueMemberBOOL:
		return map[string]any{"BOOL": v.Value}
	case *types.AttributeValueMemberSS:
		return map[string]any{"SS": v.Value}
	case *types.AttributeValueMemberNS:
		return map[string]any{"NS": v.Value}
	case *types.AttributeValueMemberL:
		list := make([]any, len(v.Value))
		for i, element := range v.Value {
			list[i] = plain(element)
		}
		return map[string]any{"L": list}
	case *types.AttributeValueMemberM:
		fields := make(map[string]any, len(v.Value))
		for name, field := range v.Value {
			fields[name] = plain(field)
		}
		return map[string]any{"M": fields}
	}
	return nil
}

// TestItems_guards_see_the_stored_attributes compares the attributes that a guard sees in
// memory with those in the table, one by one.
func TestItems_guards_see_the_stored_attributes(t *testing.T) {
	t.Parallel()
	names := []string{
		"state", "owner", "leaseUntil", "dueAt", "failures", "ttl",
		"runId", "status", "epoch", "lastUpdated", "startMessageId", "startLeaseUntil",
	}
	run, task := fullRun(), fullTask()
	emptyRun, emptyTask := state.Run{ID: "r"}, state.TaskRecord{TaskKey: state.TaskKey{Node: "n"}}
	for what, pair := range map[string]struct {
		record state.Attributes
		it     item
	}{
		"run": {run, runItem(run)}, "empty run": {emptyRun, runItem(emptyRun)},
		"task": {task, testLayout.taskItem(task)}, "empty task": {emptyTask, testLayout.taskItem(emptyTask)},
	} {
		for _, name := range names {
			if pair.record.Attribute(name) == nil && !knownTo(name, pair.it) {
				continue // of the other kind of item
			}
			equal(t, what+" "+name, pair.it.Attribute(name), pair.record.Attribute(name))
		}
	}
}

// knownTo reports whether guards may use name on this kind of item.
func knownTo(name string, it item) bool {
	_, isTask := it[tables.ItemKey]
	full := state.Attributes(fullRun())
	if isTask {
		full = fullTask()
	}
	return full.Attribute(name) != nil
}
