package main

import (
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/internal/access"
	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
)

// alarms returns all alarms by their ids.
func (tm template) alarms() map[string]map[string]any {
	found := map[string]map[string]any{}
	for logical, resource := range tm.Resources {
		if resource["Type"] == kindAlarm {
			found[strings.TrimPrefix(logical[:len(logical)-8], "Flow")] = resource
		}
	}
	return found
}

// watched returns the metrics of an alarm as "NAMESPACE NAME DIMENSION=VALUE…", with
// the ids of resources as values.
func watched(alarm map[string]any) (found []string) {
	stats, _ := at(alarm, "Properties.Metrics").([]any)
	if stats == nil {
		stats = []any{map[string]any{"MetricStat": map[string]any{"Metric": alarm["Properties"]}}}
	}
	for _, stat := range stats {
		metric := at(stat, "MetricStat.Metric")
		if metric == nil {
			continue // the expression
		}
		var text strings.Builder
		text.WriteString(fmt.Sprint(at(metric, "Namespace"), " ", at(metric, "MetricName")))
		dimensions, _ := at(metric, "Dimensions").([]any)
		for _, d := range dimensions {
			value := at(d, "Value")
			for _, path := range []string{"Value.Ref", "Value.Fn::GetAtt.0"} {
				if id, ok := at(d, path).(string); ok {
					value = strings.TrimPrefix(id[:len(id)-8], "Flow")
				}
			}
			text.WriteString(fmt.Sprint(" ", at(d, "Name"), "=", value))
		}
		found = append(found, text.String())
	}
	slices.Sort(found)
	return found
}

// Every alarm watches these metrics of these resources.
func TestAlarmsWatch(t *testing.T) {
	want := map[string][]string{
		"DeadLettersAlarm":         {"AWS/SQS ApproximateNumberOfMessagesVisible QueueName=DeadLetters"},
		"OldestMessageAlarm":       {"AWS/SQS ApproximateAgeOfOldestMessage QueueName=Queue"},
		"WorkerErrorsAlarm":        {"AWS/Lambda Errors FunctionName=Worker"},
		"WorkerDownAlarm":          {"AWS/Lambda Errors FunctionName=Worker"},
		"ReconcilerErrorsAlarm":    {"AWS/Lambda Errors FunctionName=Reconciler"},
		"WorkerThrottlesAlarm":     {"AWS/Lambda Throttles FunctionName=Worker"},
		"ReconcilerThrottlesAlarm": {"AWS/Lambda Throttles FunctionName=Reconciler"},
		"MappingAlarm":             {"AWS/Lambda PolledEventCount EventSourceMappingUUID=Mapping", "AWS/SQS ApproximateNumberOfMessagesVisible QueueName=Queue"},
		"ConcurrencyAlarm":         {"AWS/Lambda ConcurrentExecutions FunctionName=Worker", "AWS/SQS ApproximateNumberOfMessagesVisible QueueName=Queue"},
		"NoTickAlarm":              {"AWS/Lambda Errors FunctionName=Reconciler", "AWS/Lambda Invocations FunctionName=Reconciler"},
	}
	for id, name := range map[string]string{
		"MessagesReturnedAlarm": "MessagesReturned", "CodeMissingAlarm": "CodeMissing", "RescuedAlarm": "RunsRescued", "RunsFailedAlarm": "RunsFailed",
		"OldestRunAlarm": "OldestRun", "RescuesFailedAlarm": "RescuesFailed", "TimersFailedAlarm": "TimersFailed",
	} {
		want[id] = []string{"Flowcraft " + name + " Flow=flowcraft-dev/Flow"}
	}
	for table, schema := range map[string]tables.Table{"Context": tables.Context(), "Status": tables.Status(), "Coordination": tables.Coordination()} {
		throttles := func(id, dimensions string) {
			want[id+"ThrottlesAlarm"] = []string{"AWS/DynamoDB ReadThrottleEvents " + dimensions, "AWS/DynamoDB WriteThrottleEvents " + dimensions}
		}
		throttles(table, "TableName="+table)
		for _, index := range schema.Indexes {
			throttles(table+strings.ToUpper(index.Name[:1])+index.Name[1:], "GlobalSecondaryIndexName="+index.Name+" TableName="+table)
		}
		for _, operation := range operationsOn(table) {
			want[table+"SystemErrorsAlarm"] = append(want[table+"SystemErrorsAlarm"], "AWS/DynamoDB SystemErrors Operation="+operation+" TableName="+table)
		}
	}
	got := map[string][]string{}
	for id, alarm := range synthesize(t, nil).alarms() {
		got[id] = watched(alarm)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("alarms and their metrics (-want +got):\n%s", diff)
	}
}

// operationsOn returns the operations that the functions use on a table and its
// indexes.
func operationsOn(table string) []string {
	found := map[string]bool{}
	for _, permission := range append(access.Worker(), access.Reconciler()...) {
		action, on, _ := strings.Cut(permission, " ")
		if operation, ok := strings.CutPrefix(action, "dynamodb:"); ok && (on == table || strings.HasPrefix(on, table+"/")) {
			found[operation] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// many returns n equal values.
func many(n int, v float64) series { return slices.Repeat(series{v}, n) }

// Sequences of data points, each with the period at whose end the alarm rings first;
// -1 for never.
func TestAlarmsRing(t *testing.T) {
	tm := synthesize(t, nil)
	for _, tt := range []struct {
		id, name string
		metrics  map[string]series
		want     int
	}{
		{"DeadLettersAlarm", "the first letter of an idle queue", map[string]series{"letters": {none, none, none, 1, 1}}, 3},
		{"DeadLettersAlarm", "no new letter beside an old one", map[string]series{"letters": append(many(5, none), many(8, none)...)}, -1},
		{"DeadLettersAlarm", "a letter that was deleted", map[string]series{"letters": {0, 0, none, 0, 0}}, -1},
		{"WorkerErrorsAlarm", "one crash", map[string]series{"m": {0, 1, 0, 0}}, -1},
		{"WorkerErrorsAlarm", "a second one", map[string]series{"m": {0, 1, none, 1}}, 3},
		{"WorkerDownAlarm", "one crash, and its message again", map[string]series{"m": {0, 1, 0, 0, 1, 0, 0}}, -1},
		{"WorkerDownAlarm", "many at once", map[string]series{"m": {0, 40, none, none, none}}, -1},
		{"WorkerDownAlarm", "a worker that does not start", map[string]series{"m": many(5, 3)}, 2},
		{"WorkerDownAlarm", "one that has few messages", map[string]series{"m": {1, none, 1, none, 1}}, 4},
		{"ReconcilerErrorsAlarm", "one tick", map[string]series{"m": {0, 1, 0, 0, 0}}, -1},
		{"ReconcilerErrorsAlarm", "a reconciler that does not start", map[string]series{"m": many(5, 1)}, 1},
		{"WorkerThrottlesAlarm", "a moment's throttles", map[string]series{"m": {9, 9, none, none, none}}, -1},
		{"WorkerThrottlesAlarm", "lasting throttles", map[string]series{"m": {none, 4, 4, none, 4}}, 4},
		{"ReconcilerThrottlesAlarm", "lasting throttles", map[string]series{"m": {1, 1, 1}}, 2},
		{"MappingAlarm", "a disabled mapping", map[string]series{"waiting": many(6, 3), "polled": many(6, none)}, 4},
		{"MappingAlarm", "a slow one", map[string]series{"waiting": many(12, 3), "polled": {0, 0, 0, 0, 5, 0, 0, 0, 0, 5, 0, 0}}, -1},
		{"MappingAlarm", "an empty queue", map[string]series{"waiting": many(9, none), "polled": many(9, none)}, -1},
		{"ConcurrencyAlarm", "a burst", map[string]series{"waiting": {9, 9, 9, 0, 0, 9, 9, 9}, "used": many(8, 5)}, -1},
		{"ConcurrencyAlarm", "too much work", map[string]series{"waiting": many(5, 9), "used": many(5, 5)}, 4},
		{"ConcurrencyAlarm", "a free worker", map[string]series{"waiting": many(9, 9), "used": many(9, 4)}, -1},
		{"NoTickAlarm", "ticks", map[string]series{"invocations": many(6, 5), "errors": {0, 5, 5, 0, none, 4}}, -1},
		{"NoTickAlarm", "a function that does not start", map[string]series{"invocations": many(3, 5), "errors": many(3, 5)}, 2},
		{"NoTickAlarm", "a schedule that is gone", map[string]series{"invocations": {5, none, none, none}, "errors": many(4, none)}, 3},
		{"RescuedAlarm", "one rescue", map[string]series{"m": {0, 0, 1}}, 2},
		{"RunsFailedAlarm", "one run", map[string]series{"m": {none, 1}}, 1},
		{"CodeMissingAlarm", "a deployment of ten minutes", map[string]series{"m": {none, 8, 30, none, none}}, -1},
		{"CodeMissingAlarm", "code that stays away", map[string]series{"m": {none, 1, 30, 12}}, 3},
		{"OldestRunAlarm", "a run that is rescued at once", map[string]series{"m": {299, 360, 4, 64}}, -1},
		{"OldestRunAlarm", "a run that stays", map[string]series{"m": {840, 900, 960}}, 2},
		{"RescuesFailedAlarm", "one tick", map[string]series{"m": {none, 3, none, none}}, -1},
		{"RescuesFailedAlarm", "each tick", map[string]series{"m": {none, 3, 3}}, 2},
		{"TimersFailedAlarm", "each tick", map[string]series{"m": {1, none, 1}}, 2},
		{"StatusActiveThrottlesAlarm", "writes of an index", map[string]series{"activeReads": many(4, none), "activeWrites": {none, 7, 7, 7}}, 3},
		{"ContextThrottlesAlarm", "reads and writes in turn", map[string]series{"contextReads": {1, none, 1}, "contextWrites": {none, 1, none}}, 2},
		{"ContextThrottlesAlarm", "a peak", map[string]series{"contextReads": {1, none, none, none}, "contextWrites": {50, 50, none, none}}, -1},
		{"CoordinationSystemErrorsAlarm", "one operation", map[string]series{"batchGetItem": many(3, none), "deleteItem": many(3, none), "putItem": many(3, none),
			"query": many(3, none), "updateItem": many(3, 1)}, 2},
		{"OldestMessageAlarm", "a retry's delay", map[string]series{"m": {900, 900, 900, 900, 900, 900}}, -1},
		{"OldestMessageAlarm", "an hour", map[string]series{"m": many(5, 1800)}, 4},
	} {
		if got := first(tm.rings(tt.id, tt.metrics)); got != tt.want {
			t.Errorf("%s, %s: rings at %d, want %d", tt.id, tt.name, got, tt.want)
		}
	}
}

// The alarm on dead letters ends by itself, and rings again for the next letter.
func TestEachDeadLetterRings(t *testing.T) {
	got := synthesize(t, nil).rings("DeadLettersAlarm", map[string]series{"letters": {none, 1, 1, 1, 1, none, 2, 2, 2, 2, 0, 1}})
	want := []bool{false, true, true, true, false, false, true, true, true, false, false, true}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rings (-want +got):\n%s", diff)
	}
}

// A worker whose permission is gone rings within 5 minutes, even if it has one message
// alone: it comes back three times, and is then sent again after a delay that doubles.
func TestOneMessageThatComesBackRings(t *testing.T) {
	tm := synthesize(t, nil)
	for _, part := range []float64{0.5, 0.75, 1} { // of each delay: they are drawn
		returned := many(5, 0)
		now := 0.0 // seconds
		for cycle := 0; now < 300; cycle++ {
			for receive := range 3 {
				if now < 300 {
					returned[int(now/60)]++
				}
				now += part * float64(int(2)<<receive)
			}
			now += part * min(120, float64(int(1)<<cycle))
		}
		if got := first(tm.rings("MessagesReturnedAlarm", map[string]series{"m": returned})); got < 0 || got > 3 {
			t.Errorf("returned %v: rings at %d, want within 4 minutes, since metrics take one", returned, got)
		}
	}
	if got := first(tm.rings("MessagesReturnedAlarm", map[string]series{"m": {2, 1, none, none, none, none}})); got >= 0 {
		t.Errorf("one message that comes back some times rings at %d", got)
	}
}

var (
	alarmRow = regexp.MustCompile("(?m)^\\| ([a-z][^|`]*) \\(`([^|]+)`\\) \\| [^|]+ \\| `(.+?)` \\| ")
	aMessage = regexp.MustCompile(`\$\.msg = "([^"]+)"`)
)

// Each alarm names the first command to run, with the names of the deployment, which
// the table of the documentation has as well; its lines are those of the log.
func TestAlarmsNameTheFirstCommand(t *testing.T) {
	tm := synthesize(t, nil)
	text := readFile(t, filepath.Join(repository, "docs", "operations.md"))
	documented := map[string]string{}
	for _, row := range alarmRow.FindAllStringSubmatch(text, -1) {
		for id := range strings.SplitSeq(row[2], "`, `") {
			documented[id+"Alarm"] = strings.ReplaceAll(row[3], `\|`, "|")
		}
	}
	described := map[string]string{}
	for id, alarm := range tm.alarms() {
		description := spelled(at(alarm, "Properties.AlarmDescription"))
		if len(description) > 900 {
			t.Errorf("%s: the description has %d characters: with names 1,024 are possible", id, len(description))
		}
		_, command, ok := strings.Cut(description, " First: ")
		if !ok || !strings.HasPrefix(command, "aws ") {
			t.Errorf("%s: %q names no command", id, description)
		}
		described[id] = command
		for _, message := range aMessage.FindAllStringSubmatch(command, -1) {
			if !strings.Contains(text, "`"+message[1]+"`") {
				t.Errorf("%s: the log has no line %q", id, message[1])
			}
		}
	}
	if diff := cmp.Diff(described, documented); diff != "" {
		t.Errorf("first commands (-described +documented):\n%s", diff)
	}
}

// spelled returns a text with references to resources as their ids in capitals.
func spelled(text any) string {
	if literal, ok := text.(string); ok {
		return literal
	}
	parts, _ := at(text, "Fn::Join.1").([]any)
	var all strings.Builder
	for _, part := range parts {
		switch id, _ := at(part, "Ref").(string); {
		case id != "":
			all.WriteString(map[string]string{
				"WorkerLogs": "WORKER_LOGS", "ReconcilerLogs": "RECONCILER_LOGS", "Mapping": "MAPPING", "Queue": "QUEUE_URL",
			}[strings.TrimPrefix(id[:len(id)-8], "Flow")])
		default:
			all.WriteString(fmt.Sprint(part))
		}
	}
	return all.String()
}

// The documentation says the number of alarms, and the number of metrics that they
// look at, which are paid for.
func TestCostOfAlarms(t *testing.T) {
	alarms := synthesize(t, nil).alarms()
	metrics := 0
	for _, alarm := range alarms {
		metrics += len(watched(alarm))
	}
	want := fmt.Sprintf("\n| %d alarms, which look at %d metrics | %.2f |\n", len(alarms), metrics, float64(metrics)/10)
	if text := readFile(t, filepath.Join(repository, "docs", "operations.md")); !strings.Contains(text, want) {
		t.Errorf("docs/operations.md does not say: %s", want)
	}
}

// Without a topic each synthesis, and so each deployment, says that nobody is told.
func TestWithoutTopicNobodyIsTold(t *testing.T) {
	for _, tt := range []struct {
		context map[string]any
		want    int
	}{
		{nil, 1},
		{map[string]any{"alarmTopicArn": "arn:aws:sns:eu-central-1:123456789012:on-call"}, 0},
	} {
		stack, err := newStack(newApp(t, nil), settingsOf(t, tt.context))
		if err != nil {
			t.Fatal(err)
		}
		found := assertions.Annotations_FromStack(stack).FindWarning(new("*"), assertions.Match_StringLikeRegexp(new("nobody will be told .*alarmTopicArn")))
		if len(*found) != tt.want {
			t.Errorf("with %v there are %d warnings, want %d", tt.context, len(*found), tt.want)
		}
	}
}
