package e2e

import (
	"maps"
	"slices"
	"testing"
)

func TestRuns(t *testing.T) {
	t.Parallel()
	d := start(t)
	blueprints := slices.DeleteFunc(slices.Sorted(maps.Keys(ordinary)), func(id string) bool { return id == "survivor" })
	runs := some(44, "run", blueprints...)
	d.send(bodies(runs)...)
	d.ended(runs...)
	d.completed(runs...)
	d.committedOnce(runs...)
	d.neverTwoAtOnce()
	d.quiet()
}
