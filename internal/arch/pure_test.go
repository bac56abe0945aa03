package arch

import (
	"go/ast"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The pure part has no context, no clock, no randomness, no lock and no
// environment: it uses none of these packages and names.
var (
	impurePackages = []string{"context", "sync", "sync/atomic", "os", "io", "net", "log", "log/slog", "math/rand", "math/rand/v2", "crypto/rand", "runtime", "testing"}
	impureNames    = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "NewTimer", "NewTicker", "Tick"} // of package time
)

func TestDecideIsPure(t *testing.T) {
	t.Parallel()
	for _, p := range list(t, module+"internal/decide") {
		for _, imported := range p.Imports {
			if slices.Contains(impurePackages, imported) {
				t.Errorf("internal/decide imports %s: a decision must depend on its arguments alone", imported)
			}
		}
	}
	calls := timeCalls(t, "internal/decide")
	for name, used := range calls {
		t.Errorf("%s uses time.%s: give the time as an argument", name, strings.Join(used, ", time."))
	}
	for name, file := range sources(t, "internal/decide") {
		ast.Inspect(file, func(n ast.Node) bool {
			if _, ok := n.(*ast.GoStmt); ok {
				t.Errorf("%s starts a goroutine", name)
			}
			return true
		})
	}
}

// Packages below the engine read no clock; the engine reads Config.Now, whose
// default is the only place that names the real one.
func TestClocksAreGiven(t *testing.T) {
	t.Parallel()
	allowed := map[string][]string{"pkg/flow/engine/config.go": {"Now"}}
	for _, folder := range []string{"internal/expression", "internal/rawjson", "internal/backoff", "pkg/flow", "pkg/flow/state", "pkg/flow/client", "pkg/flow/engine"} {
		for name, used := range timeCalls(t, folder) {
			if !slices.Equal(used, allowed[name]) {
				t.Errorf("%s uses time.%s: the time is given", name, strings.Join(used, ", time."))
			}
		}
	}
}

// timeCalls returns the impure names of package time that the files of a folder
// use.
func timeCalls(t *testing.T, folder string) map[string][]string {
	t.Helper()
	used := map[string][]string{}
	for name, file := range sources(t, folder) {
		ast.Inspect(file, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if !ok || !slices.Contains(impureNames, s.Sel.Name) {
				return true
			}
			if of, ok := s.X.(*ast.Ident); ok && of.Name == "time" {
				used[name] = append(used[name], s.Sel.Name)
			}
			return true
		})
	}
	return used
}

// Packages below the hosts speak of workflows, stores and queues, not of AWS: their
// texts name no setting of a function and no table.
func TestTheEngineSpeaksNoAWS(t *testing.T) {
	t.Parallel()
	foreign := regexp.MustCompile(`FLOW_[A-Z]|DynamoDB|\bSQS\b|\bLambda\b|AWS|(?:context|status|coordination) table`)
	for _, folder := range []string{"internal/decide", "pkg/flow", "pkg/flow/state", "pkg/flow/client", "pkg/flow/engine"} {
		for name := range sources(t, folder) {
			text, err := os.ReadFile("../../" + name)
			if err != nil {
				t.Fatal(err)
			}
			for i, line := range strings.Split(string(text), "\n") {
				if found := foreign.FindString(line); found != "" {
					t.Errorf("%s:%d names %q: %s", name, i+1, found, strings.TrimSpace(line))
				}
			}
		}
	}
}

// go doc ./pkg/flow is for authors of workflows: it shows only the names they need.
func TestAuthorsSeeOnlyNamesTheyNeed(t *testing.T) {
	t.Parallel()
	const most = 90
	names := exported(t, "pkg/flow")
	if len(names) > most {
		t.Errorf("pkg/flow exports %d names, want at most %d: %v", len(names), most, names)
	}
}

// exported returns the exported names of a package, without methods and fields.
func exported(t *testing.T, folder string) (names []string) {
	t.Helper()
	for _, file := range sources(t, folder) {
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil && d.Name.IsExported() {
					names = append(names, d.Name.Name)
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					switch spec := spec.(type) {
					case *ast.TypeSpec:
						if spec.Name.IsExported() {
							names = append(names, spec.Name.Name)
						}
					case *ast.ValueSpec:
						for _, name := range spec.Names {
							if name.IsExported() {
								names = append(names, name.Name)
							}
						}
					}
				}
			}
		}
	}
	slices.Sort(names)
	return names
}

// Every exported name of the packages that users import has a doc comment.
func TestExportedNamesAreDocumented(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-f", "{{.Dir}}", module+"pkg/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	root, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		t.Fatal(err)
	}
	for dir := range strings.FieldsSeq(string(out)) {
		folder := strings.TrimPrefix(dir, strings.TrimSpace(string(root))+"/")
		for name, file := range sources(t, folder) {
			for _, missing := range undocumented(file) {
				t.Errorf("%s: %s has no doc comment", name, missing)
			}
		}
	}
}

func undocumented(file *ast.File) (missing []string) {
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() && d.Doc == nil && (d.Recv == nil || exportedReceiver(d) && !obvious[d.Name.Name]) {
				missing = append(missing, d.Name.Name)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					if spec.Name.IsExported() && d.Doc == nil && spec.Doc == nil {
						missing = append(missing, spec.Name.Name)
					}
				case *ast.ValueSpec:
					for _, name := range spec.Names {
						if name.IsExported() && d.Doc == nil && spec.Doc == nil && spec.Comment == nil {
							missing = append(missing, name.Name)
						}
					}
				}
			}
		}
	}
	return missing
}

// obvious methods are those of well-known interfaces.
var obvious = map[string]bool{"Error": true, "Unwrap": true, "String": true, "Is": true, "IsZero": true}

func exportedReceiver(f *ast.FuncDecl) bool {
	e := f.Recv.List[0].Type
	if star, ok := e.(*ast.StarExpr); ok {
		e = star.X
	}
	if generic, ok := e.(*ast.IndexExpr); ok {
		e = generic.X
	}
	name, ok := e.(*ast.Ident)
	return ok && name.IsExported()
}
