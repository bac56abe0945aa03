package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Every condition of a write is a state.Guard: results of the simulation over the
// store in memory then hold for DynamoDB too.

// sources parses the files of a package, except for its tests.
func sources(t *testing.T, folder string) map[string]*ast.File {
	t.Helper()
	root := "../../"
	names, err := fs.Glob(os.DirFS(root), folder+"/*.go")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]*ast.File{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, name), nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = file
	}
	if len(files) == 0 {
		t.Fatalf("no source in %s", folder)
	}
	return files
}

// In pkg/dynamo conditions are made in guard.go alone, and a request takes its
// condition from there. Key conditions select the items of a query; they do not
// count.
func TestConditionsOfDynamoAreGuards(t *testing.T) {
	t.Parallel()
	const home = "pkg/dynamo/guard.go"
	makers := []string{"ConditionBuilder", "WithCondition", "WithFilter", "AttributeExists", "AttributeNotExists"}
	made := false
	for name, file := range sources(t, "pkg/dynamo") {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				if slices.Contains(makers, n.Sel.Name) {
					made = made || name == home
					if name != home {
						t.Errorf("%s uses %s: conditions are made in %s, of a state.Guard", name, n.Sel.Name, home)
					}
				}
			case *ast.KeyValueExpr:
				key, ok := n.Key.(*ast.Ident)
				if ok && (key.Name == "ConditionExpression" || key.Name == "FilterExpression") && !calls(n.Value, "Condition") {
					t.Errorf("%s sets a %s of its own: it must be that of a state.Guard", name, key.Name)
				}
			case *ast.AssignStmt:
				for _, target := range n.Lhs {
					if s, ok := target.(*ast.SelectorExpr); ok && strings.HasSuffix(s.Sel.Name, "ditionExpression") && s.Sel.Name != "KeyConditionExpression" {
						t.Errorf("%s assigns a %s: it must be that of a state.Guard", name, s.Sel.Name)
					}
				}
			}
			return true
		})
	}
	if !made {
		t.Errorf("%s makes no condition: this test looks for the wrong thing", home)
	}
}

// All guards are made in one file, whose every clause has its mutants. A store may
// join two, and ask for nothing.
func TestGuardsAreInOneFile(t *testing.T) {
	t.Parallel()
	const home, parts = "pkg/flow/state/guards.go", "pkg/flow/state/guard.go"
	makers := []string{"Absent", "Equal", "Less", "AtMost", "AtLeast", "Or"}
	made := 0
	for _, folder := range []string{"pkg/flow/state", "pkg/flow/engine", "pkg/flow/client", "pkg/flow/memory", "pkg/dynamo", "pkg/lambdaflow", "internal/decide", "internal/localstack", "cmd/flowctl"} {
		for name, file := range sources(t, folder) {
			ast.Inspect(file, func(n ast.Node) bool {
				maker := ""
				switch n := n.(type) {
				case *ast.CallExpr:
					maker = ofState(n.Fun)
				case *ast.CompositeLit:
					if name != parts && len(n.Elts) > 0 && ofState(n.Type) == "Guard" {
						t.Errorf("%s makes a Guard of its own: guards are made in %s", name, home)
					}
				}
				switch {
				case !slices.Contains(makers, maker):
				case name == home:
					made++
				case name != parts:
					t.Errorf("%s calls %s: guards are made in %s", name, maker, home)
				}
				return true
			})
		}
	}
	if made < 15 {
		t.Errorf("%s makes guards of %d parts: this test looks for the wrong thing", home, made)
	}
}

// ofState returns the name in package state that e refers to; else "".
func ofState(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		if of, ok := e.X.(*ast.Ident); ok && of.Name == "state" {
			return e.Sel.Name
		}
	}
	return ""
}

// kept are the fields in which the store in memory keeps its items.
var kept = []string{"run", "runs", "tasks", "joins", "values", "timers", "blueprints", "held"}

// unconditional functions write items without contention.
var unconditional = map[string]bool{
	"Arrive":    true, // adding to a set twice is harmless
	"DropTimer": true,
	"of":        true, // makes room for a run's items
	"takeTimer": true, // used by Run, which has its store to itself
}

// In memory every decision on the way to a write is a guard's, or the answer to a
// repeated request.
func TestConditionsOfMemoryAreGuards(t *testing.T) {
	t.Parallel()
	guarded := 0
	for name, file := range sources(t, "pkg/flow/memory") {
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Body == nil || unconditional[f.Name.Name] || !mentions(f.Body, "ErrConflict") && !writesItem(f.Body) {
				continue
			}
			guarded++
			for _, c := range conditions(f.Body) {
				if !isGuard(c) {
					t.Errorf("%s: %s decides by a condition that is no state.Guard", name, f.Name.Name)
				}
			}
			if !calls(f.Body, "Holds") {
				t.Errorf("%s: %s asks no state.Guard", name, f.Name.Name)
			}
		}
	}
	if guarded < 7 {
		t.Errorf("%d guarded writes were found in memory: this test looks for the wrong thing", guarded)
	}
}

// conditions returns those of all ifs, and of the cases of all switches over bools.
func conditions(body *ast.BlockStmt) (found []ast.Expr) {
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt:
			found = append(found, n.Cond)
		case *ast.SwitchStmt:
			for _, clause := range n.Body.List {
				found = append(found, clause.(*ast.CaseClause).List...)
			}
		}
		return true
	})
	return found
}

func writesItem(body *ast.BlockStmt) (writes bool) {
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			writes = writes || slices.ContainsFunc(n.Lhs, isKept)
		case *ast.CallExpr:
			f, ok := n.Fun.(*ast.Ident)
			writes = writes || ok && f.Name == "delete" && (isKept(n.Args[0]) || isMap(n.Args[0]))
		}
		return !writes
	})
	return writes
}

// isKept reports whether e is a field in which items are kept, or an item of one;
// the maps may have been taken from the store before.
func isKept(e ast.Expr) bool {
	if index, ok := e.(*ast.IndexExpr); ok {
		return isKept(index.X) || isMap(index.X)
	}
	s, ok := e.(*ast.SelectorExpr)
	return ok && slices.Contains(kept, s.Sel.Name)
}

func isMap(e ast.Expr) bool {
	name, ok := e.(*ast.Ident)
	return ok && slices.Contains(kept, name.Name)
}

// isGuard reports whether c only evaluates a guard, or asks whether a request
// repeats itself, or whether there is an error, or any item at all.
func isGuard(c ast.Expr) bool {
	switch c := c.(type) {
	case *ast.ParenExpr:
		return isGuard(c.X)
	case *ast.UnaryExpr:
		return isGuard(c.X)
	case *ast.BinaryExpr:
		if c.Op == token.LAND || c.Op == token.LOR {
			return isGuard(c.X) && isGuard(c.Y)
		}
		return isNil(c.X) || isNil(c.Y)
	case *ast.CallExpr:
		f, ok := c.Fun.(*ast.SelectorExpr)
		return ok && (f.Sel.Name == "Holds" || f.Sel.Name == "Mine")
	}
	return false
}

// calls reports whether a method or function of that name is called in n.
func calls(n ast.Node, name string) (found bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			if s, ok := call.Fun.(*ast.SelectorExpr); ok && s.Sel.Name == name {
				found = true
			}
		}
		return !found
	})
	return found
}

func mentions(n ast.Node, name string) (found bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && id.Name == name {
			found = true
		}
		return !found
	})
	return found
}

func isNil(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == "nil"
}
