package sim

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/flowcraft-go/flowcraft/internal/fault"
)

// Every fault has one published bound, but for the circumstances, which delay nothing
// by themselves.
func TestEveryFaultHasABound(t *testing.T) {
	t.Parallel()
	listed := map[fault.Kind]int{}
	for _, b := range Bounds() {
		for _, kind := range b.Faults {
			listed[kind]++
		}
	}
	for _, kind := range Faults() {
		if want := map[bool]int{true: 0, false: 1}[kind.Circumstance()]; listed[kind] != want {
			t.Errorf("the fault %q has %d bounds, want %d", kind, listed[kind], want)
		}
		delete(listed, kind)
	}
	for kind := range listed {
		t.Errorf("no world has the fault %q, whose bound is published", kind)
	}
}

// The table of the documentation is that of the simulation.
func TestBoundsArePublished(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/guarantees.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## How soon runs go on after a fault\n")
	section, _, _ = strings.Cut(section, "\n## ")
	rows := regexp.MustCompile(`(?m)^\|.*\|$`).FindAllString(section, -1)
	var want []string
	for _, b := range Bounds() {
		names := make([]string, len(b.Faults))
		for i, kind := range b.Faults {
			names[i] = string(kind)
		}
		want = append(want, "| "+strings.Join(names, ", ")+" | "+b.Within+" |")
	}
	if got := rows[min(2, len(rows)):]; !slices.Equal(got, want) {
		t.Errorf("the table of docs/guarantees.md is\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
