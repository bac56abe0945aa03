// Command mutants switches off the engine's rules, one after the other, and
// reports those whose loss the simulation does not notice. The conditions of
// writes are switched off under pkg/dynamo's contract tests, too.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

func main() {
	seeds := flag.Int("seeds", 30_000, "how many worlds a mutant has to survive")
	only := flag.String("only", "", "a regular expression: take only mutants that it matches")
	jobs := flag.Int("jobs", 2, "how many mutants are tried at a time")
	flag.Parse()
	if err := run(*seeds, *only, *jobs); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(seeds int, only string, jobs int) error {
	match, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	all, err := mutants(root)
	if err != nil {
		return err
	}
	t := trials{root: root, seeds: seeds, todo: make(chan mutant)}
	var workers sync.WaitGroup
	for range jobs {
		workers.Go(t.work)
	}
	for _, m := range all {
		if match.MatchString(m.name()) {
			t.todo <- m
		}
	}
	close(t.todo)
	workers.Wait()
	return t.summary()
}

func moduleRoot() (string, error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return "", fmt.Errorf("find the module's root: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

// trials tries mutants and counts what became of them.
type trials struct {
	root  string
	seeds int
	todo  chan mutant

	mu     sync.Mutex
	caught int
	unseen int
	wrong  []string
}

func (t *trials) work() {
	for m := range t.todo {
		began := time.Now()
		found, err := t.try(m)
		t.report(m, found, err, time.Since(began))
	}
}

// findings are what was noticed of a mutant first; "" is nothing.
type findings struct {
	simulated string
	contract  string // by the tests of pkg/dynamo
}

func (t *trials) report(m mutant, found findings, err error, took time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	verdict, how := "caught", found.simulated
	switch {
	case err != nil:
		verdict, how = "ERROR", err.Error()
	case m.guard && found.contract == "":
		verdict, how = "MISSED", "by the contract of pkg/dynamo"
	case how == "" && m.unseen != "":
		verdict, how = "unseen", m.unseen
		t.unseen++
	case how == "":
		verdict = "MISSED"
	case m.unseen != "":
		verdict, how = "CAUGHT", "but it counts as one that cannot be: "+how
	default:
		t.caught++
	}
	if strings.ToUpper(verdict) == verdict {
		t.wrong = append(t.wrong, m.name())
	}
	fmt.Printf("%-7s %5.1fs %s\n        %s\n", verdict, took.Seconds(), m.name(), how)
	if found.contract != "" {
		fmt.Printf("        pkg/dynamo: %s\n", found.contract)
	}
}

func (t *trials) summary() error {
	fmt.Printf("%d mutants caught, %d of which no simulation can know, %d wrong\n", t.caught, t.unseen, len(t.wrong))
	if len(t.wrong) > 0 {
		return errors.New("not as expected:\n  " + strings.Join(t.wrong, "\n  "))
	}
	return nil
}

// limit bounds a trial: a mutant that hangs is caught too.
const limit = 10 * time.Minute

// try puts the mutant in place of the engine.
func (t *trials) try(m mutant) (found findings, err error) {
	folder, err := os.MkdirTemp("", "mutant")
	if err != nil {
		return found, err
	}
	defer os.RemoveAll(folder)
	overlay, err := t.overlay(m, folder)
	if err != nil {
		return found, err
	}
	if found.simulated, err = t.simulate(m, overlay, filepath.Join(folder, "sim")); err != nil || !m.guard {
		return found, err
	}
	found.contract, err = t.contract(overlay)
	return found, err
}

// simulate returns the first thing that the simulation noticed, or "".
func (t *trials) simulate(m mutant, overlay, binary string) (string, error) {
	build := exec.Command("go", "build", "-overlay", overlay, "-ldflags", "-s -w", "-o", binary, "./internal/sim/cmd")
	build.Dir = t.root
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	seeds := t.seeds
	if m.unseen != "" {
		seeds /= 4
	}
	out, err := exec.CommandContext(ctx, binary, "-stop", "1", "-seeds", strconv.Itoa(seeds), "-exhaustive").CombinedOutput()
	switch {
	case err == nil:
		return "", nil
	case ctx.Err() != nil:
		return "it hangs", nil
	}
	return firstFinding(string(out)), nil
}

// contract returns the first thing that the contract tests noticed over the
// wire, or "".
func (t *trials) contract(overlay string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	test := exec.CommandContext(ctx, "go", "test", "-overlay", overlay, "-count", "1", "-run", "^Test(Store$|Lock|Increment|Delete)", "./pkg/dynamo")
	test.Dir = t.root
	out, err := test.CombinedOutput()
	switch {
	case err == nil:
		return "", nil
	case ctx.Err() != nil:
		return "it hangs", nil
	}
	if fact := failedFact.FindSubmatch(out); fact != nil {
		return string(fact[1]), nil
	}
	return "", fmt.Errorf("test pkg/dynamo: %w\n%s", err, out)
}

// overlay writes what has a build use the mutant in place of its file.
func (t *trials) overlay(m mutant, folder string) (string, error) {
	source, err := m.source(t.root)
	if err != nil {
		return "", err
	}
	mutated, config := filepath.Join(folder, "mutated.go"), filepath.Join(folder, "overlay.json")
	text, err := json.Marshal(map[string]map[string]string{"Replace": {filepath.Join(t.root, m.file): mutated}})
	if err != nil {
		return "", err
	}
	return config, errors.Join(os.WriteFile(mutated, source, 0o600), os.WriteFile(config, text, 0o600))
}

// failedFact is the innermost test that failed first: its parents are reported
// before it.
var failedFact = regexp.MustCompile(`(?m)^ *--- FAIL: (\S+) .*\n(?: {4,}\S+\.go:)`)

var finding = regexp.MustCompile(`(?m)^(seed \d+: .*|script .*|backlog .*|panic: .*|fatal error: .*)$`)

func firstFinding(out string) string {
	found := finding.FindString(out)
	if found == "" {
		found = strings.TrimSpace(out)
	}
	if len(found) > 220 {
		found = found[:220] + "…"
	}
	return found
}
