package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// keep writes the kept templates anew, which is part of a release: those of the last
// one are what people have deployed.
var keep = flag.Bool("keep", false, "write testdata/deployed.json")

// fixed are the properties, by type, whose change makes CloudFormation replace a
// resource. With an empty list no property does.
var fixed = map[string][]string{
	kindTable: {"TableName", "KeySchema", "ImportSourceSpecification"},
	kindQueue: {"QueueName", "FifoQueue"},
	kindLogs:  {"LogGroupName"},
}

// stateful are the resources with data of a stage, by its settings.
func stateful(t *testing.T) map[string]map[string]map[string]any {
	t.Helper()
	all := map[string]map[string]map[string]any{}
	for name, context := range map[string]map[string]any{"dev": nil, "prod": {"stage": "prod"}, "dev with intake": {"intake": true}} {
		all[name] = map[string]map[string]any{}
		for id, resource := range synthesize(t, context).Resources {
			kind, _ := resource["Type"].(string)
			if fixed[kind] == nil {
				continue
			}
			kept := map[string]any{"Type": kind}
			for _, property := range append(slices.Clone(fixed[kind]), "GlobalSecondaryIndexes") {
				if value := at(resource, "Properties."+property); value != nil {
					kept[property] = value
				}
			}
			all[name][id] = kept
		}
	}
	return all
}

const deployed = "testdata/deployed.json"

// An existing stack can be updated: no resource with data is replaced or removed, no
// index changed in place, which DynamoDB does not do, and at most one index of a table
// is made or removed in one update.
func TestExistingStacksCanBeUpdated(t *testing.T) {
	now := stateful(t)
	if *keep {
		text, err := json.MarshalIndent(now, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(deployed, append(text, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept := map[string]map[string]map[string]any{}
	if err := json.Unmarshal([]byte(readFile(t, deployed)), &kept); err != nil {
		t.Fatal(err)
	}
	for stage, resources := range kept {
		if len(resources) < 7 {
			t.Errorf("%s has kept %d resources", stage, len(resources))
		}
		for _, fault := range replaced(resources, now[stage]) {
			t.Errorf("%s: %s", stage, fault)
		}
	}
}

// replaced tells what an update from one template to another would lose.
func replaced(before, after map[string]map[string]any) (faults []string) {
	for _, id := range slices.Sorted(maps.Keys(before)) {
		was, is := before[id], after[id]
		kind, _ := was["Type"].(string)
		if is["Type"] != kind {
			faults = append(faults, fmt.Sprintf("%s %s is removed, or replaced under another id", kind, id))
			continue
		}
		for _, property := range fixed[kind] {
			if !cmp.Equal(was[property], is[property]) {
				faults = append(faults, fmt.Sprintf("%s is replaced: %s was %s, is %s", id, property, texted(was[property]), texted(is[property])))
			}
		}
		faults = append(faults, changedIndexes(id, indexesOf(was), indexesOf(is))...)
	}
	return faults
}

func indexesOf(table map[string]any) map[string]any {
	all := map[string]any{}
	indexes, _ := table["GlobalSecondaryIndexes"].([]any)
	for _, index := range indexes {
		all[fmt.Sprint(at(index, "IndexName"))] = index
	}
	return all
}

func changedIndexes(table string, was, is map[string]any) (faults []string) {
	changes := 0
	for _, name := range slices.Sorted(maps.Keys(was)) {
		switch {
		case is[name] == nil:
			changes++
		case !cmp.Equal(was[name], is[name]):
			faults = append(faults, fmt.Sprintf("index %s of %s is changed in place: give it another name", name, table))
		}
	}
	for name := range is {
		if was[name] == nil {
			changes++
		}
	}
	if changes > 1 {
		faults = append(faults, fmt.Sprintf("%d indexes of %s are made or removed at once: DynamoDB does one in an update", changes, table))
	}
	return faults
}

// The comparison finds each kind of fault.
func TestReplacementsAreFound(t *testing.T) {
	index := func(name, key string) any {
		return map[string]any{"IndexName": name, "KeySchema": key}
	}
	table := func(key string, indexes ...any) map[string]map[string]any {
		return map[string]map[string]any{"T": {"Type": kindTable, "KeySchema": key, "GlobalSecondaryIndexes": indexes}}
	}
	before := table("a", index("i", "x"))
	for name, tt := range map[string]struct {
		after map[string]map[string]any
		want  []string
	}{
		"nothing":        {table("a", index("i", "x")), nil},
		"a new index":    {table("a", index("i", "x"), index("j", "x")), nil},
		"another id":     {map[string]map[string]any{"U": before["T"]}, []string{kindTable + " T is removed, or replaced under another id"}},
		"another key":    {table("b", index("i", "x")), []string{`T is replaced: KeySchema was "a", is "b"`}},
		"a changed one":  {table("a", index("i", "y")), []string{"index i of T is changed in place: give it another name"}},
		"a renamed one":  {table("a", index("j", "x")), []string{"2 indexes of T are made or removed at once: DynamoDB does one in an update"}},
		"two new ones":   {table("a", index("i", "x"), index("j", "x"), index("k", "x")), []string{"2 indexes of T are made or removed at once: DynamoDB does one in an update"}},
		"a removed one":  {table("a"), nil},
		"another queue":  {map[string]map[string]any{"T": {"Type": kindQueue}}, []string{kindTable + " T is removed, or replaced under another id"}},
		"all is removed": {nil, []string{kindTable + " T is removed, or replaced under another id"}},
	} {
		if diff := cmp.Diff(tt.want, replaced(before, tt.after)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// A first deployment of prod that fails is rolled back, and then repeated. What stays
// must not have a name that the repetition would need, and the stack must not be
// protected: the CDK's command line removes it before it makes it again, and protects
// a stack before it has made anything.
func TestFailedFirstDeploymentCanBeRepeated(t *testing.T) {
	names := []string{"QueueName", "TableName", "FunctionName", "RoleName", "ManagedPolicyName", "LogGroupName", "AlarmName", "DashboardName", "Name", "AliasName"}
	for id, resource := range synthesize(t, map[string]any{"stage": "prod", "intake": true}).Resources {
		for _, name := range names {
			if resource["DeletionPolicy"] == "Retain" && at(resource, "Properties."+name) != nil {
				t.Errorf("%s stays with its name %v", id, at(resource, "Properties."+name))
			}
		}
		if resource["Type"] == kindQueue && resource["DeletionPolicy"] != "Delete" {
			t.Errorf("%s, whose name is fixed, stays: %v", id, resource["DeletionPolicy"])
		}
	}
	for context, want := range map[string]bool{"": false, "protect": true} {
		settings := map[string]any{"stage": "prod"}
		if context != "" {
			settings[context] = true
		}
		stack, err := newStack(newApp(t, nil), settingsOf(t, settings))
		if err != nil {
			t.Fatal(err)
		}
		if got := *stack.TerminationProtection(); got != want {
			t.Errorf("with %q the stack is protected: %v, want %v", context, got, want)
		}
	}
}
