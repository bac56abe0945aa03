// Command cmd simulates many worlds, or prints the story of one.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"runtime/debug"
	"strings"

	"github.com/flowcraft-go/flowcraft/internal/sim"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

func main() {
	seeds := flag.Uint64("seeds", 100_000, "how many worlds are simulated")
	from := flag.Uint64("from", 1, "the first seed")
	seed := flag.Int64("seed", -1, "tell the story of this seed instead")
	stop := flag.Int("stop", 10, "stop after so many failures")
	exhaustive := flag.Bool("exhaustive", false, "try every single fault of the known blueprints first")
	folder := flag.String("blueprints", "", "take the blueprints of this folder, not random ones")
	flag.Parse()
	debug.SetGCPercent(400)
	if err := run(*seeds, *from, *seed, *stop, *exhaustive, *folder); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(seeds, from uint64, seed int64, stop int, exhaustive bool, folder string) error {
	blueprints, err := load(folder)
	if err != nil {
		return err
	}
	if exhaustive {
		if err := scripts(stop); err != nil {
			return err
		}
	}
	if seed >= 0 {
		return story(uint64(seed), blueprints)
	}
	sum := sim.Campaign(from, seeds, stop, func(seed uint64) sim.Result { return sim.Simulate(seed, nil, blueprints...) })
	if err := sum.Write(os.Stdout); err != nil {
		return err
	}
	if len(sum.Failed) > 0 {
		story := fmt.Sprintf("make sim SEED=%d", sum.Failed[0].Seed)
		if folder != "" {
			story += " BLUEPRINTS=" + folder
		}
		return fmt.Errorf("the first failing seed is %d: %s tells its story", sum.Failed[0].Seed, story)
	}
	if few := sum.Unreached(); len(few) > 0 {
		return fmt.Errorf("too few worlds reach these rare states: draw them more often:\n  %s", strings.Join(few, "\n  "))
	}
	return nil
}

// load reads the blueprints of a folder, if one is given, and reports those that it
// leaves out.
func load(folder string) ([]*flow.Blueprint, error) {
	if folder == "" {
		return nil, nil
	}
	blueprints, left, err := sim.LoadBlueprints(os.DirFS(folder))
	if err != nil {
		return nil, fmt.Errorf("blueprints of %s: %w", folder, err)
	}
	for _, reason := range left {
		fmt.Fprintln(os.Stderr, reason)
	}
	fmt.Printf("%d blueprints of %s, %d left out: shape, actions, joins, retries and fallbacks are theirs; code, conditions, transforms and inputs are drawn\n", len(blueprints), folder, len(left))
	return blueprints, nil
}

func story(seed uint64, blueprints []*flow.Blueprint) error {
	out := bufio.NewWriter(os.Stdout)
	result := sim.Simulate(seed, out, blueprints...)
	if err := out.Flush(); err != nil {
		return err
	}
	if len(result.Violations) > 0 {
		return fmt.Errorf("seed %d: %d violations", seed, len(result.Violations))
	}
	return nil
}

func scripts(stop int) error {
	tried, failed := sim.Exhaustive(stop)
	for _, s := range failed {
		fmt.Println(s)
	}
	fmt.Printf("%d scripted worlds: %d failed\n", tried, len(failed))
	if len(failed) > 0 {
		return fmt.Errorf("a single fault, or a pair of crashes, breaks a guarantee")
	}
	for _, b := range sim.Backlogs() {
		d := b.Drain()
		fmt.Println(b.String()+":", d)
		if len(d.Violations) > 0 || d.Worse() {
			return fmt.Errorf("backlog %s is made worse: %s: %v", b, d, d.Violations)
		}
	}
	return nil
}
