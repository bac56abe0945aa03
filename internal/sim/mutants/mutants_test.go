package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
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

// The table and the marks in the source agree, and with any rule switched off the
// engine still compiles.
func TestMutantsCompile(t *testing.T) {
	t.Parallel()
	root, found := all(t)
	check := newChecker(t, root)
	seen := map[string]bool{}
	for _, m := range found {
		if seen[m.name()] {
			t.Errorf("there are two mutants %s", m.name())
		}
		seen[m.name()] = true
		sources, err := m.sources(root)
		if err != nil {
			t.Fatal(err)
		}
		for file, text := range sources {
			for _, fault := range check.faults(file, text) {
				t.Errorf("%s: %v", m.name(), fault)
			}
		}
	}
}

// A checker that finds nothing would let every mutant pass.
func TestCheckerFindsFaults(t *testing.T) {
	t.Parallel()
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	const file = "pkg/flow/state/lost_response.go"
	text, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		t.Fatal(err)
	}
	check := newChecker(t, root)
	if faults := check.faults(file, string(text)); len(faults) > 0 {
		t.Errorf("the file as it is: %v", faults)
	}
	for name, change := range map[string][2]string{
		"syntax":        {"return c.Owner", "return return c.Owner"},
		"type":          {"stored.State == flow.TaskRunning", "stored.State"},
		"unknown name":  {"flow.TaskRunning", "flow.Nothing"},
		"unused import": {"flow.TaskRunning", "c.state"},
		"no return":     {"return c.Owner", "_ = c.Owner"},
	} {
		changed := strings.Replace(string(text), change[0], change[1], 1)
		if faults := check.faults(file, changed); len(faults) == 0 {
			t.Errorf("%s: no fault was found", name)
		}
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
	guards := 0
	for _, d := range parsed.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || !makesGuard(f) {
			continue
		}
		guards++
		mutated := 0
		for _, m := range found {
			if m.guard && strings.HasPrefix(m.rule, f.Name.Name+" ") {
				mutated++
			}
		}
		if mutated < 2 {
			t.Errorf("%s: %s has %d mutants, want two of each of its clauses", guardsFile, f.Name.Name, mutated)
		}
	}
	if guards < 10 {
		t.Errorf("%s has %d guards: this test looks for the wrong thing", guardsFile, guards)
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

// Neither the table nor the source may have a rule that the other lacks.
func TestTableAndMarksMustAgree(t *testing.T) {
	t.Parallel()
	at := func(places int) []edit { return make([]edit, places) }
	for name, test := range map[string]struct {
		table  []rule
		marked map[string][]edit
		fault  string // "": none
	}{
		"both":           {[]rule{{name: "a"}, {name: "b", places: 2}}, map[string][]edit{"a": at(1), "b": at(2)}, ""},
		"no mark":        {[]rule{{name: "a"}}, nil, "rule a is marked at 0 places"},
		"no row":         {nil, map[string][]edit{"a": at(1)}, "marks the rule a, which has no row"},
		"mark copied":    {[]rule{{name: "a"}}, map[string][]edit{"a": at(2)}, "rule a is marked at 2 places, but its row says 1"},
		"two of a name":  {[]rule{{name: "a"}, {name: "a"}}, map[string][]edit{"a": at(1)}, "two rules a"},
		"a place is off": {[]rule{{name: "a", places: 2}}, map[string][]edit{"a": at(1)}, "rule a is marked at 1 places, but its row says 2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found, err := ruleMutants(test.table, test.marked)
			switch {
			case test.fault == "" && (err != nil || len(found) != len(test.table)):
				t.Errorf("%d mutants, %v, want %d", len(found), err, len(test.table))
			case test.fault != "" && (err == nil || !strings.Contains(err.Error(), test.fault)):
				t.Errorf("error = %v, want %q", err, test.fault)
			}
		})
	}
}
