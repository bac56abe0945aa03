// Command mutants switches off the engine's rules, one after the other, and
// reports those whose loss the simulation does not notice.
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
		how, err := t.try(m)
		t.report(m, how, err, time.Since(began))
	}
}

func (t *trials) report(m mutant, how string, err error, took time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	verdict := "caught"
	switch {
	case err != nil:
		verdict, how = "ERROR", err.Error()
		t.wrong = append(t.wrong, m.name())
	case how == "" && m.unseen != "":
		verdict, how = "unseen", m.unseen
		t.unseen++
	case how == "":
		verdict = "MISSED"
		t.wrong = append(t.wrong, m.name())
	case m.unseen != "":
		verdict, how = "CAUGHT", "but it counts as one that cannot be: "+how
		t.wrong = append(t.wrong, m.name())
	default:
		t.caught++
	}
	fmt.Printf("%-7s %5.1fs %s\n        %s\n", verdict, took.Seconds(), m.name(), how)
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

// try builds the simulation with the mutant in place of the engine, runs it and
// returns the first thing that it noticed, or "".
func (t *trials) try(m mutant) (string, error) {
	folder, err := os.MkdirTemp("", "mutant")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(folder)
	binary, err := t.build(m, folder)
	if err != nil {
		return "", err
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

func (t *trials) build(m mutant, folder string) (string, error) {
	source, err := m.source(t.root)
	if err != nil {
		return "", err
	}
	mutated := filepath.Join(folder, "mutated.go")
	overlay := map[string]map[string]string{"Replace": {filepath.Join(t.root, m.file): mutated}}
	text, err := json.Marshal(overlay)
	if err != nil {
		return "", err
	}
	config, binary := filepath.Join(folder, "overlay.json"), filepath.Join(folder, "sim")
	if err := errors.Join(os.WriteFile(mutated, source, 0o600), os.WriteFile(config, text, 0o600)); err != nil {
		return "", err
	}
	build := exec.Command("go", "build", "-overlay", config, "-ldflags", "-s -w", "-o", binary, "./pkg/flow/flowtest/sim/cmd")
	build.Dir = t.root
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return binary, nil
}

var finding = regexp.MustCompile(`(?m)^(seed \d+: .*|script .*|panic: .*|fatal error: .*)$`)

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
