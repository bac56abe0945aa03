package main

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/internal/settings"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
)

// flagsOf returns the flags of a command, by name.
func flagsOf(t *testing.T, parser *kong.Kong, command string) map[string]*kong.Flag {
	t.Helper()
	node := parser.Model.Node
	for name := range strings.FieldsSeq(command) {
		i := slices.IndexFunc(node.Children, func(n *kong.Node) bool { return n.Name == name })
		if i < 0 {
			t.Fatalf("there is no command %s", command)
		}
		node = node.Children[i]
	}
	flags := map[string]*kong.Flag{}
	for _, flag := range node.Flags {
		flags["--"+flag.Name] = flag
	}
	return flags
}

// Each setting is a flag of the commands that the table names, with the table's
// texts, and with its variable except in dev, whose functions read the environment
// themselves. No command has a setting that the table does not assign to it.
func TestFlagsAreSettings(t *testing.T) {
	t.Parallel()
	parser, err := newParser(t.Context(), &output{stdout: io.Discard, stderr: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range settings.All() {
		for _, command := range s.Commands {
			flag, ok := flagsOf(t, parser, command)[s.Flag()]
			if !ok {
				t.Errorf("%s: %s has no flag %s", s.Name, command, s.Flag())
				continue
			}
			if !strings.HasPrefix(flag.Help, strings.ReplaceAll(s.Doc, "`", "")) {
				t.Errorf("%s %s says %q, want the text of the table", command, s.Flag(), flag.Help)
			}
			if want := []string{s.Name}; command != "dev" && !slices.Equal(flag.Envs, want) {
				t.Errorf("%s %s reads the variables %q, want %q", command, s.Flag(), flag.Envs, want)
			}
			if command != "dev" && flag.Default != s.Default {
				t.Errorf("%s %s is %q by default, want %q", command, s.Flag(), flag.Default, s.Default)
			}
		}
		for _, command := range []string{"dev", "run", "reconcile", "dlq redrive"} {
			if _, ok := flagsOf(t, parser, command)[s.Flag()]; ok && !slices.Contains(s.Commands, command) {
				t.Errorf("%s has the flag %s, which the table does not give it", command, s.Flag())
			}
		}
	}
}

// Each setting that is a flag of dev reaches the functions.
func TestDevGivesItsFlagsToTheFunctions(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	texts := map[string]string{"duration": "37s", "count": "37", "size": "37KB", "networks": "10.37.0.0/16", "folder": folder}
	tried := 0
	for _, s := range settings.All() {
		if !slices.Contains(s.Commands, "dev") || !s.OfFunctions() {
			continue
		}
		tried++
		text := texts[s.Kind.Name]
		if text == "" {
			t.Fatalf("%s: this test knows no %s", s.Name, s.Kind.Name)
		}
		var parsed struct {
			Dev devCmd `cmd:""`
		}
		parser, err := kong.New(&parsed, settingVars())
		if err == nil {
			_, err = parser.Parse([]string{"dev", "--blueprints", folder, s.Flag(), text})
		}
		if err != nil {
			t.Fatal(err)
		}
		environment := parsed.Dev.config(&output{}).Environment()
		if environment[s.Name] != text {
			t.Errorf("dev %s %s gives the functions %s=%s", s.Flag(), text, s.Name, environment[s.Name])
		}
	}
	if tried < 5 {
		t.Errorf("dev has %d flags for settings of the functions", tried)
	}
}

// Before anything is built or started, dev refuses all flags that its functions would
// refuse.
func TestDevRefusesFlags(t *testing.T) {
	t.Parallel()
	var stderr strings.Builder
	code := run(t.Context(), []string{"dev", "--blueprints", t.TempDir(), "--timeout=-5s", "--stalled-after=-1m", "--max-receives=0"}, &output{stdout: io.Discard, stderr: &stderr})
	want := "flowctl: --timeout is -5s: must be positive\n--stalled-after is -1m0s: must be positive\n"
	if code != exitUsage || stderr.String() != want {
		t.Errorf("exit code %d, %q, want %q", code, &stderr, want)
	}
}

func TestErrorsOfTheEngineNameFlags(t *testing.T) {
	t.Parallel()
	foreign := errors.New("another")
	err := errors.Join(
		&engine.ConfigError{Fields: []string{"StalledAfter", "Reserve"}, Reason: "no"},
		errors.Join(&engine.ConfigError{Fields: []string{"RescueLimit"}, Reason: "-1"}, foreign),
	)
	named := namingFlags("reconcile", err)
	if diff := cmp.Diff("--stalled-after, Reserve: no\n--rescue-limit: -1\nanother", named.Error()); diff != "" || !errors.Is(named, foreign) {
		t.Errorf("error (-want +got):\n%s", diff)
	}
}
