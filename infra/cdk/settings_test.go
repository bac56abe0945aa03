package main

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/infra/cdk/flowcdk"
	"github.com/flowcraft-go/flowcraft/internal/settings"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

func TestContextOverrulesEnvironment(t *testing.T) {
	s, err := readSettings(map[string]any{"timeout": "90s"}, settings.Lookup(map[string]string{"FLOW_TIMEOUT": "2m", "FLOW_MEMORY": "512"}))
	if err != nil || s.Timeout != 90*time.Second || s.Memory != 512 {
		t.Errorf("timeout %s, memory %d, %v; want 1m30s, 512", s.Timeout, s.Memory, err)
	}
}

// All unreadable settings are reported at once, with the place where they were set.
func TestUnreadableSettings(t *testing.T) {
	_, err := readSettings(
		map[string]any{"timeout": "soon", "stalledafter": "5m", "memory": 0.0, "maxStarts": 2.5, "retain": "perhaps", "retention": "9d23h", "@aws-cdk/core:x": true, "aws:cdk:y": true},
		settings.Lookup(map[string]string{"FLOW_MAX_VALUE": "5 apples", "FLOW_HTTP_ALLOW_PRIVATE": "anywhere"}))
	wantFaults(t, err,
		`context timeout is "soon": must be a duration`, "context stalledafter: there is no such setting; there are stage,",
		`context memory is "0": must be a whole number above 0`, `context maxStarts is "2.5": must be a whole number`, `context retain is "perhaps"`,
		`context retention is "9d23h": must be at least 10d`,
		`FLOW_MAX_VALUE is "5 apples"`, `FLOW_HTTP_ALLOW_PRIVATE is "anywhere": must be networks`)
}

// All settings that AWS or the engine would refuse, or that would work badly, are
// refused together.
func TestInvalidSettings(t *testing.T) {
	valid := settingsOf(t, nil)
	if err := valid.Validate(); err != nil {
		t.Fatal(err)
	}
	if short := settingsOf(t, map[string]any{"timeout": "1s", "nodeTimeout": "500ms", "reserve": "100ms"}); short.Validate() != nil {
		t.Errorf("the defaults do not fit a short timeout: %v", short.Validate())
	}
	for name, tt := range map[string]struct {
		context map[string]any
		want    []string
	}{
		"stage":                 {map[string]any{"stage": "Prod_1"}, []string{`stage "Prod_1": must be`}},
		"timeout":               {map[string]any{"timeout": "16m"}, []string{"timeout 16m0s: must be whole seconds, 1s to 15m0s", "stalled after 5m0s: at least 4/3 × (timeout 16m0s + 5s)"}},
		"stalled":               {map[string]any{"timeout": "3m41s", "nodeTimeout": "1m"}, []string{"stalled after 5m0s: at least 4/3 × (timeout 3m41s + 5s)"}},
		"node and reserve":      {map[string]any{"nodeTimeout": "57s"}, []string{"NodeTimeout, Reserve, Timeout: a node may take 57s, but beside the reserve of 3s the worker's timeout of 1m0s leaves 56s"}},
		"visibility":            {map[string]any{"visibility": "5m59s"}, []string{"visibility 5m59s: at least 6 × timeout 1m0s + batch window 0s"}},
		"visibility and window": {map[string]any{"visibility": "6m", "batchWindow": "1s"}, []string{"visibility 6m0s: at least 6 × timeout 1m0s + batch window 1s"}},
		"visibility and skew":   {map[string]any{"visibility": "6s", "timeout": "1s", "nodeTimeout": "500ms", "reserve": "100ms"}, []string{"FLOW_VISIBILITY 6s is less than FLOW_TIMEOUT + 10s = 11s"}},
		"visibility in ms":      {map[string]any{"visibility": "6m0.5s"}, []string{"visibility 6m0.5s: must be whole seconds"}},
		"receives":              {map[string]any{"maxReceives": "4"}, []string{"max receives 4: must be 5 to 1000"}},
		"batch":                 {map[string]any{"batchSize": "11"}, []string{"batch size 11: above 10 a batch window of at least 1s"}},
		"concurrency":           {map[string]any{"maxConcurrency": "1"}, []string{"max concurrency 1: must be 2 to 1000"}},
		"reserved":              {map[string]any{"reservedConcurrency": "9"}, []string{"reserved concurrency 9: at least max concurrency + 5 = 10"}},
		"provisioned":           {map[string]any{"provisioned": "30", "reservedConcurrency": "20"}, []string{"alias: provisioned 30: must be 0 to the reserved concurrency of 20"}},
		"memory":                {map[string]any{"memory": "64"}, []string{"memory 64: must be 128 to 10240"}},
		"tick":                  {map[string]any{"tick": "90s"}, []string{"tick 1m30s: must be 1 to 5 whole minutes"}},
		"longest run":           {map[string]any{"maxRun": "30s"}, []string{"MaxRun: 30s: at least 1m"}},
		"log retention":         {map[string]any{"logRetention": "31d"}, []string{"log retention 31d: must be one of 1d, 3d"}},
		"log level":             {map[string]any{"logLevel": "LOUD"}, []string{`LOG_LEVEL is "LOUD"`}},
		"log level of slog":     {map[string]any{"logLevel": "info"}, []string{`log level "info": must be DEBUG, INFO, WARN or ERROR`}},
		"lambda functions":      {map[string]any{"lambdaFunctions": "a,"}, []string{`lambda function "": must be the name or the ARN`}},
		"failed runs":           {map[string]any{"failedRuns": "2000000"}, []string{"failed runs 2000000: must be 1 to 1000000"}},
		"oldest message":        {map[string]any{"oldestMessage": "15m"}, []string{"oldest message 15m0s: must be more than 15m0s"}},
	} {
		s := settingsOf(t, tt.context)
		wantFaults(t, s.Validate(), tt.want...)
		if _, err := newStack(newApp(t, nil), s); err == nil {
			t.Errorf("%s: a stack was made", name)
		}
	}
}

func TestInvalidBlueprints(t *testing.T) {
	s := settingsOf(t, nil)
	s.Blueprints = []*flow.Blueprint{
		{ID: "a", Nodes: []flow.Node{{ID: "x", Uses: "mine", Config: flow.NodeConfig{Fallback: "nobody"}}}, Edges: []flow.Edge{{Source: "x", Target: "y"}}},
		{ID: "b", Nodes: []flow.Node{{ID: "x", Uses: "pass", Config: flow.NodeConfig{Timeout: 2 * time.Minute}}}, Metadata: []byte(`{"schedule":{"expression":"rate(1 minutes)","timezone":"Mars"}}`)},
		{ID: "c", Nodes: []flow.Node{{ID: "x", Uses: "pass"}}, Metadata: []byte(`{"schedule":{"every":"day"}}`)},
	}
	wantFaults(t, s.Validate(),
		"nodes[0].config.fallback (\"x\"): INVALID_FALLBACK", "edges[0].target (\"x -> y\"): INVALID_EDGE_TARGET",
		"blueprint b: node x: its timeout is 2m0s, but the worker's timeout of 1m0s leaves 56s",
		`blueprint "b": metadata.schedule.expression "rate(1 minutes)": must be`, `metadata.schedule.timezone "Mars": there is no such time zone`,
		`blueprint "c": metadata.schedule: must be {expression, timezone?, input?}`)
	if err := s.Validate(); strings.Contains(err.Error(), "MISSING_NODE_IMPLEMENTATION") {
		t.Errorf("the construct judges which code the worker has: %v", err)
	}
}

func TestCodeIsRequired(t *testing.T) {
	app := newApp(t, nil)
	s := settingsOf(t, nil)
	s.Worker, s.Reconciler = nil, nil
	_, err := newStack(app, s)
	wantFaults(t, err, "the worker has no code", "the reconciler has no code")
}

// A program that uses the construct sets fields. The queue keeps a message no longer than
// the records of the shortest run: a start that is delivered later would begin it again.
func TestRecordsOutliveMessages(t *testing.T) {
	s := settingsOf(t, nil)
	s.Retention = settings.QueueRetention - time.Second
	s.Timeout = time.Hour // all faults are told together
	wantFaults(t, s.Validate(), `FLOW_RETENTION is "239h59m59s": must be at least 10d`, "stalled after 5m0s")
	s = settingsOf(t, nil)
	s.Retention = settings.QueueRetention
	if err := s.Validate(); err != nil {
		t.Errorf("a retention of %s is refused: %v", s.Retention, err)
	}
	_, queue := synthesize(t, nil).one(kindQueue, "Queue")
	if kept, ok := at(queue, "Properties.MessageRetentionPeriod").(float64); !ok || kept > settings.QueueRetention.Seconds() {
		t.Errorf("the queue keeps messages for %v s, want %v at most", kept, settings.QueueRetention.Seconds())
	}
}

func TestScheduleExpressions(t *testing.T) {
	for expression, valid := range map[string]bool{
		"rate(1 minute)": true, "rate(5 minutes)": true, "rate(1 day)": true, "cron(0 3 * * ? *)": true, "cron(0/15 8-18 ? * MON-FRI *)": true,
		"cron(0 0 L * ? *)": true, "": false, "rate(1 minutes)": false, "rate(5 minute)": false, "rate(0 minutes)": false, "rate(1.5 hours)": false,
		"rate(1 week)": false, "cron(0 3 * * *)": false, "cron(0 3 * * * *)": false, "cron(0 3 ? * ? *)": false, "0 3 * * ? *": false, "at(2026-11-23T03:00:00)": false,
	} {
		b := &flow.Blueprint{ID: "x", Metadata: []byte(`{"schedule":{"expression":` + texted(expression) + `}}`)}
		if schedules, err := flowcdk.Schedules([]*flow.Blueprint{b}); (err == nil) != valid || (len(schedules) == 1) != valid {
			t.Errorf("%q: %v, %v, want valid = %v", expression, schedules, err, valid)
		}
	}
}

// The functions are given exactly the settings that they read.
func TestEnvironmentIsComplete(t *testing.T) {
	_, worker := synthesize(t, nil).one(kindFunction, "Worker")
	given, _ := at(worker, "Properties.Environment.Variables").(map[string]any)
	read := map[string]bool{}
	for _, setting := range settings.All() {
		if !setting.OfFunctions() {
			continue
		}
		read[setting.Name] = true
		if given[setting.Name] == nil {
			t.Errorf("the functions read %s, but are not given it: give Props, names or fixed the field %s", setting.Name, setting.Field)
		}
	}
	for name := range given {
		if !read[name] {
			t.Errorf("the functions are given %s, but do not read it", name)
		}
	}
}

// texts has a text of each kind that is no setting's default.
var texts = map[string]string{
	"text": "other", "count": "77", "size": "77KB", "duration": "770h", "networks": "10.77.0.0/16", "list": "a,b", "functions": "classifyTicket=classify", "truth": "true", "level": "WARN", "switch": "off", "metrics": "off",
}

// Each setting that users may set is a property, by its name and by its key of the
// context, and there are no other properties.
func TestPropertiesAreSettings(t *testing.T) {
	none := deployment{}
	notSettings := []string{
		"Worker", "Reconciler", "Blueprints", "AlarmTopic", "State", "Tables", "Queue", "DeadLetters", "EncryptionKey", "Alias",
		"Vpc", "Subnets", "SecurityGroups", "Environment", "LogGroups",
	}
	properties := map[string]bool{}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[deployment]()) {
		if !field.Anonymous && !slices.Contains(notSettings, field.Name) {
			properties[field.Name] = true
		}
	}
	for _, setting := range known() {
		if !properties[setting.Field] {
			t.Errorf("%s: flowcdk.Props has no field %s", setting.Name, setting.Field)
			continue
		}
		delete(properties, setting.Field)
		text := texts[setting.Kind.Name]
		if text == "" {
			t.Fatalf("%s: this test knows no other %s", setting.Name, setting.Kind.Name)
		}
		got, err := readSettings(map[string]any{setting.Key(): text}, settings.Lookup(nil))
		if err != nil || reflect.DeepEqual(none, got) {
			t.Errorf("the key %s of the context is not read: %v", setting.Key(), err)
		}
	}
	for name := range properties {
		t.Errorf("the property %s is not in the table of settings, or not for users", name)
	}
}

func wantFaults(t *testing.T, err error, wanted ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("no error, want %q", wanted)
		return
	}
	for _, want := range wanted {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error = %v\nwant %q in it", err, want)
		}
	}
}
