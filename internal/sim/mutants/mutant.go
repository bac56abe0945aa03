package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// mutant is the engine with one of its rules switched off: old is replaced by
// new in the file, where it occurs once.
type mutant struct {
	rule string // what is switched off
	file string // from the module's root
	old  string
	new  string

	// guard: a condition of a write. The contract of pkg/dynamo must notice it, too.
	guard bool

	// unseen says why no simulation can tell the mutant from the engine: what
	// the rule is there for instead. "" means that it must be noticed.
	unseen string
}

func (m mutant) name() string { return filepath.Base(m.file) + ": " + m.rule }

// source is the file with the mutation.
func (m mutant) source(root string) ([]byte, error) {
	data, err := os.ReadFile(filepath.Join(root, m.file))
	if err != nil {
		return nil, err
	}
	if n := strings.Count(string(data), m.old); n != 1 {
		return nil, fmt.Errorf("%s: the text to be replaced occurs %d times, want 1: %s", m.name(), n, m.old)
	}
	return []byte(strings.Replace(string(data), m.old, m.new, 1)), nil
}

// mutants are all of them: of every clause of every guard, and of the rules.
func mutants(root string) ([]mutant, error) {
	found := rules()
	ofGuards, err := guardMutants(root, guardsFile)
	if err != nil {
		return nil, err
	}
	return append(found, ofGuards...), nil
}
