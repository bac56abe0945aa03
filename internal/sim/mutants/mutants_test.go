package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

func all(t *testing.T) (string, []mutant) {
	t.Helper()
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	found, err := mutants(root)
	if err != nil {
		t.Fatal(err)
	}
	return root, found
}

// The table follows the source: what a mutant replaces is there, once.
func TestMutantsFitTheSource(t *testing.T) {
	t.Parallel()
	root, found := all(t)
	seen := map[string]bool{}
	for _, m := range found {
		source, err := m.source(root)
		if err != nil {
			t.Error(err)
			continue
		}
		if _, err := parser.ParseFile(token.NewFileSet(), m.file, source, 0); err != nil {
			t.Errorf("%s: %v", m.name(), err)
		}
		if seen[m.name()] {
			t.Errorf("there are two mutants %s", m.name())
		}
		seen[m.name()] = true
	}
}

// A guard without a clause that can be mutated would never be tried.
func TestEveryGuardHasMutants(t *testing.T) {
	t.Parallel()
	root, found := all(t)
	parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, guardsFile), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range parsed.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || !makesGuard(f) {
			continue
		}
		mutated := 0
		for _, m := range found {
			if strings.HasPrefix(m.rule, f.Name.Name+" ") {
				mutated++
			}
		}
		if mutated < 2 {
			t.Errorf("%s: %s has %d mutants, want two of each of its clauses", guardsFile, f.Name.Name, mutated)
		}
	}
}

func makesGuard(f *ast.FuncDecl) bool {
	if f.Recv != nil || f.Type.Results == nil {
		return false
	}
	result, ok := f.Type.Results.List[0].Type.(*ast.Ident)
	return ok && result.Name == "Guard"
}

func TestUnseenClausesExist(t *testing.T) {
	t.Parallel()
	_, found := all(t)
	for clause := range unseenClauses {
		known := false
		for _, m := range found {
			known = known || m.rule == clause
		}
		if !known {
			t.Errorf("there is no clause %q: the exception is dead", clause)
		}
	}
}
