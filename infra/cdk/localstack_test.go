package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/internal/localstack"
	"github.com/flowcraft-go/flowcraft/internal/settings"
)

// The deployed settings are those of the local stack: with the same timeout of the
// functions (by default 30 s on a developer's machine, so that a killed worker's
// work comes back sooner), all settings that follow from it are the same.
func TestSettingsAreThoseOfTheLocalStack(t *testing.T) {
	local := localstack.Config{Timeout: time.Minute}
	tm := synthesize(t, nil)
	_, worker := tm.one(kindFunction, "Worker")
	variables, _ := at(worker, "Properties.Environment.Variables").(map[string]any)
	deployed := map[string]string{}
	for name, value := range variables {
		deployed[name] = fmt.Sprint(value)
	}
	if diff := cmp.Diff(settingsIn(t, local.Environment()), settingsIn(t, deployed)); diff != "" {
		t.Errorf("settings of the functions (-local +deployed):\n%s", diff)
	}

	work, dead := local.QueueAttributes()
	_, queue := tm.one(kindQueue, "Queue")
	_, letters := tm.one(kindQueue, "DeadLetters")
	var redrive struct {
		MaxReceiveCount json.Number `json:"maxReceiveCount"`
	}
	if err := json.Unmarshal([]byte(work["RedrivePolicy"]), &redrive); err != nil {
		t.Fatal(err)
	}
	_, mapping := tm.one(kindMapping, "Mapping")
	for what, pair := range map[string]struct{ local, deployed any }{
		"visibility timeout":        {work["VisibilityTimeout"], at(queue, "Properties.VisibilityTimeout")},
		"max receive count":         {redrive.MaxReceiveCount, at(queue, "Properties.RedrivePolicy.maxReceiveCount")},
		"retention of dead letters": {dead["MessageRetentionPeriod"], at(letters, "Properties.MessageRetentionPeriod")},
		"batch size":                {localstack.Batch, at(mapping, "Properties.BatchSize")},
		"batch window":              {0, at(mapping, "Properties.MaximumBatchingWindowInSeconds")},
		"tick":                      {"rate(1 minute)", tickOf(tm)},
		"timeout":                   {60, at(worker, "Properties.Timeout")},
	} {
		if fmt.Sprint(pair.local) != strings.Trim(texted(pair.deployed), `"`) {
			t.Errorf("%s: %v on the local stack, %v deployed", what, pair.local, pair.deployed)
		}
	}
	if len(work) != 2 || len(dead) != 1 {
		t.Errorf("the local queues have other attributes too: %v, %v", work, dead)
	}
	if localstack.Tick != time.Minute {
		t.Errorf("the local stack ticks every %s, want 1m", localstack.Tick)
	}
}

func tickOf(tm template) any {
	_, tick := tm.one(kindSchedule, "Tick")
	return at(tick, "Properties.ScheduleExpression")
}

// settingsIn returns the settings that a function reads from an environment, except
// for the names, and for the metrics, which are not collected on a developer's
// machine.
func settingsIn(t *testing.T, environment map[string]string) map[string]any {
	t.Helper()
	environment = maps.Clone(environment)
	for _, name := range []string{"FLOW_QUEUE_URL", "FLOW_CONTEXT_TABLE", "FLOW_STATUS_TABLE", "FLOW_COORDINATION_TABLE", "FLOW_BLUEPRINTS", "FLOW_NAME", "FLOW_INTAKE_ARN", "FLOW_ROLE_ID"} {
		environment[name] = "its own"
	}
	environment["FLOW_METRICS"] = "off"
	values := map[string]any{}
	for _, setting := range settings.All() {
		if !setting.OfFunctions() {
			continue
		}
		value, err := setting.Parse(environment[setting.Name])
		if err != nil {
			t.Fatal(err)
		}
		values[setting.Name] = value
	}
	return values
}
