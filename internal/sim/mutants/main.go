package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
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
