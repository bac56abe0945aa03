package main

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
)

// mutant is the engine with one of its rules switched off.
type mutant struct {
	rule string // its name
	says string // the rule
	file string // the first in which it is switched off, from the module's root

	edits []edit

	// guard: a condition of a write. The contract tests of pkg/dynamo must notice
	// it, too.
	guard bool

	// unseen says why no simulation can tell the mutant from the engine, and gives
	// the rule's purpose instead. "" means that the simulation must notice the
	// mutant.
	unseen string
}

func (m mutant) name() string {
	name := path.Base(m.file) + ": " + m.rule
	if m.says != "" {
		name += ": " + m.says
	}
	return name
}

// sources returns the texts of the files that the mutant changes, by file.
func (m mutant) sources(root string) (map[string]string, error) {
	texts := map[string]string{}
	edits := slices.SortedFunc(slices.Values(m.edits), func(a, b edit) int { return cmp.Compare(b.from, a.from) })
	for _, e := range edits { // the last first, so that the positions of the others stay valid
		if _, known := texts[e.file]; !known {
			text, err := os.ReadFile(filepath.Join(root, e.file))
			if err != nil {
				return nil, err
			}
			texts[e.file] = string(text)
		}
		texts[e.file] = texts[e.file][:e.from] + e.text + texts[e.file][e.to:]
	}
	return texts, nil
}

// mutants returns all mutants: of the rules in the table, and of every clause of
// every guard.
func mutants(root string) ([]mutant, error) {
	marked, err := markedRules(root)
	if err != nil {
		return nil, err
	}
	ofRules, err := ruleMutants(rules(), marked)
	if err != nil {
		return nil, err
	}
	ofGuards, err := guardMutants(root, guardsFile)
	if err != nil {
		return nil, err
	}
	return append(ofRules, ofGuards...), nil
}

// ruleMutants combines the table and the marks: neither may have a rule that the
// other lacks.
func ruleMutants(table []rule, marked map[string][]edit) (found []mutant, err error) {
	var faults []error
	named := map[string]bool{}
	for _, r := range table {
		if named[r.name] {
			faults = append(faults, fmt.Errorf("the table has two rules %s", r.name))
		}
		named[r.name] = true
		edits := marked[r.name]
		if len(edits) != max(r.places, 1) {
			faults = append(faults, fmt.Errorf("rule %s is marked at %d places, but its row says %d", r.name, len(edits), max(r.places, 1)))
			continue
		}
		found = append(found, mutant{rule: r.name, says: r.says, file: edits[0].file, edits: edits, unseen: r.unseen})
	}
	for _, name := range slices.Sorted(maps.Keys(marked)) {
		if !named[name] {
			faults = append(faults, fmt.Errorf("%s marks the rule %s, which has no row in the table", marked[name][0].file, name))
		}
	}
	return found, errors.Join(faults...)
}
