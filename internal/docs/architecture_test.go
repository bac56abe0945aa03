package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const architecture = "docs/architecture.md"

var wayRow = regexp.MustCompile("(?m)^\\| (\\d+) \\| `(.+?)` \\| `(.+?)` \\|")

// A reader who follows one job opens at most 20 files. Each contains the function
// that the list names, and an earlier file calls it.
func TestWayOfAJob(t *testing.T) {
	t.Parallel()
	_, list, _ := strings.Cut(read(t, architecture), "<!-- the way of a job -->")
	list, _, _ = strings.Cut(list, "<!-- end of the way of a job -->")
	rows := wayRow.FindAllStringSubmatch(list, -1)
	if len(rows) < 10 || len(rows) > 20 || len(rows) != strings.Count(list, "\n| ")-1 {
		t.Fatalf("the way has %d files, want 10 to 20: %s", len(rows), list)
	}
	called := map[string]bool{}
	for i, row := range rows {
		path, function := row[2], row[3]
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, path), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(file.Decls, func(d ast.Decl) bool {
			f, ok := d.(*ast.FuncDecl)
			return ok && f.Name.Name == function
		}) {
			t.Errorf("%s has no function %s", path, function)
		}
		if i > 0 && !called[function] {
			t.Errorf("no file above %s calls %s: a file is missing, or the order is another", path, function)
		}
		calledBy(file, called)
	}
	if last := rows[len(rows)-1]; rows[0][2] != "pkg/lambdaflow/handler.go" || last[2] != "pkg/dynamo/commit.go" {
		t.Errorf("the way leads from %s to %s", rows[0][2], last[2])
	}
}

// calledBy adds the names of the functions that a file calls.
func calledBy(file *ast.File, called map[string]bool) {
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		switch f := call.Fun.(type) {
		case *ast.Ident:
			called[f.Name] = true
		case *ast.SelectorExpr:
			called[f.Sel.Name] = true
		}
		return true
	})
}

var constant = regexp.MustCompile(`(?m)^\t\w+ +(Status|State) = "(\w+)"`)

// The drawings have every state of runs and tasks; the states that cannot be reached
// are listed beside them.
func TestStatesAreDrawn(t *testing.T) {
	t.Parallel()
	sections := map[string]string{}
	for title, kind := range map[string]string{"## A run's states": "Status", "## A task's states": "State"} {
		_, section, _ := strings.Cut(read(t, architecture), title)
		sections[kind], _, _ = strings.Cut(section, "\n## ")
	}
	states := constant.FindAllStringSubmatch(read(t, "pkg/flow/status.go"), -1)
	if len(states) < 12 {
		t.Fatalf("%d states found, want all", len(states))
	}
	for _, state := range states {
		drawn, told := "--> "+state[2], "`"+state[2]+"`"
		if section := sections[state[1]]; !strings.Contains(section, drawn) && !strings.Contains(section, told) {
			t.Errorf("%s does not show the %s %s", architecture, state[1], state[2])
		}
	}
}

var sourcePath = regexp.MustCompile("`((?:pkg|internal|cmd|functions|examples|infra|docs)/[\\w./*-]+)`")

// placeholder matches the variable part of a file's name in a recipe.
var placeholder = regexp.MustCompile(`KIND|NAME`)

// Every file and folder that a document names exists.
func TestNamedPathsExist(t *testing.T) {
	t.Parallel()
	named := 0
	for _, document := range documents(t) {
		for _, match := range sourcePath.FindAllStringSubmatch(read(t, document), -1) {
			named++
			found, err := filepath.Glob(filepath.Join(root, placeholder.ReplaceAllString(match[1], "*")))
			if err != nil || len(found) == 0 {
				t.Errorf("%s names %s, which does not exist (%v)", document, match[1], err)
			}
		}
	}
	if named < 40 {
		t.Errorf("%d paths are named, want more", named)
	}
}

// documents returns all documents for readers of the repository.
func documents(t *testing.T) []string {
	t.Helper()
	var found []string
	for _, pattern := range []string{"*.md", "docs/*.md"} {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			found = append(found, strings.TrimPrefix(file, root+"/"))
		}
	}
	if len(found) < 8 {
		t.Fatalf("documents %v", found)
	}
	return found
}
