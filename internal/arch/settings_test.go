package arch

import (
	"go/ast"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/flowcraft-go/flowcraft/internal/settings"
)

// Functions that set or check settings do not use them.
var judges = []string{"withDefaults", "validate", "validateRuns", "NewReconciler", "Validate", "checkLimits"}

// Every setting is used: some part of the deployment that it is for reads its
// field.
func TestEverySettingIsRead(t *testing.T) {
	t.Parallel()
	functions := fieldsRead(t, "pkg/lambdaflow/", "pkg/flowaws/", "pkg/flow/engine/", "internal/settings/queue.go")
	deployment := fieldsRead(t, "infra/cdk/", "infra/cdk/flowcdk/")
	for _, s := range settings.All() {
		if s.OfFunctions() && !functions[s.Field] {
			t.Errorf("%s: no function reads a field %s", s.Name, s.Field)
		}
		deployed := slices.Contains(s.Readers, settings.Queue) || slices.Contains(s.Readers, settings.Deployment)
		if deployed && !deployment[s.Field] {
			t.Errorf("%s: no deployment reads a field %s", s.Name, s.Field)
		}
	}
}

// fieldsRead returns the fields whose values are used in these folders and files.
func fieldsRead(t *testing.T, places ...string) map[string]bool {
	t.Helper()
	read := map[string]bool{}
	for _, place := range places {
		for name, file := range sources(t, path.Dir(place)) {
			if !strings.HasPrefix(name, place) {
				continue
			}
			for _, d := range file.Decls {
				if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil && !slices.Contains(judges, f.Name.Name) {
					notice(read, f.Body)
				}
			}
		}
	}
	return read
}

func notice(read map[string]bool, body ast.Node) {
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt: // a field on the left is written
			for _, value := range n.Rhs {
				notice(read, value)
			}
			return false
		case *ast.SelectorExpr:
			read[n.Sel.Name] = true
		}
		return true
	})
}
