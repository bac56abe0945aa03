package docs

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	command = regexp.MustCompile("flowctl (dlq [a-z]+|[a-z]+)([^`|\n]*)")
	flag    = regexp.MustCompile(`--[a-z-]+`)
)

// Every command of flowctl that a document names exists, with the flags that follow
// it, and every command is named.
func TestCommandsExist(t *testing.T) {
	t.Parallel()
	flags := map[string][]string{}
	for _, document := range documents(t) {
		text := strings.ReplaceAll(read(t, document), "\\\n", " ") // a command may go on in the next line
		for _, match := range command.FindAllStringSubmatch(text, -1) {
			if flags[match[1]] = append(flags[match[1]], flag.FindAllString(match[2], -1)...); match[1] == "and" {
				delete(flags, match[1]) // prose
			}
		}
	}
	commands := regexp.MustCompile(`(?m)^\t\w+ +(\w+)Cmd +.cmd:`).FindAllStringSubmatch(read(t, "cmd/flowctl/main.go"), -1)
	for _, c := range commands {
		named := slices.ContainsFunc(slices.Collect(maps.Keys(flags)), func(name string) bool { return name == c[1] || strings.HasPrefix(name, c[1]+" ") })
		if !named {
			t.Errorf("no document names flowctl %s", c[1])
		}
	}
	if len(commands) < 6 {
		t.Errorf("%d commands found, want all", len(commands))
	}
	helps := map[string]string{}
	script := "for c in '" + strings.Join(slices.Sorted(maps.Keys(flags)), "' '") + "'; do go run ./cmd/flowctl $c --help; echo +++; done"
	for help := range strings.SplitSeq(string(shell(t, script)), "+++\n") {
		if name := command.FindStringSubmatch(help); name != nil {
			helps[name[1]] = help
		}
	}
	for name, shown := range flags {
		for _, f := range shown {
			if !strings.Contains(helps[name], f) {
				t.Errorf("documents show flowctl %s with %s, which its help does not have", name, f)
			}
		}
	}
}
