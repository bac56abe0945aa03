package main

import (
	"context"
	"encoding/json"
	"errors"
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

// trials tries mutants and counts the results.
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

// findings holds the first thing that each proof noticed about a mutant; "" is
// nothing.
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
	fmt.Printf("%d mutants caught, %d that no simulation can notice, %d wrong\n", t.caught, t.unseen, len(t.wrong))
	if len(t.wrong) > 0 {
		return errors.New("not as expected:\n  " + strings.Join(t.wrong, "\n  "))
	}
	return nil
}

// limit bounds the time of a trial: a mutant that hangs is caught too.
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

// simulate returns the first violation that the simulation found, or "".
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

// contract returns the first failure of the contract tests over the wire, or "".
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

// overlay makes a build use the mutant in place of its files.
func (t *trials) overlay(m mutant, folder string) (string, error) {
	sources, err := m.sources(t.root)
	if err != nil {
		return "", err
	}
	replace := map[string]string{}
	for file, text := range sources {
		mutated := filepath.Join(folder, fmt.Sprintf("mutated%d.go", len(replace)))
		if err := os.WriteFile(mutated, []byte(text), 0o600); err != nil {
			return "", err
		}
		replace[filepath.Join(t.root, file)] = mutated
	}
	text, err := json.Marshal(map[string]map[string]string{"Replace": replace})
	if err != nil {
		return "", err
	}
	config := filepath.Join(folder, "overlay.json")
	return config, os.WriteFile(config, text, 0o600)
}

// failedFact matches the innermost test that failed first: its parents are reported
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
