package arch

import (
	"go/ast"
	"slices"
	"strings"
	"testing"
)

// The clients of a stack's queue and tables are made in one package, so that an
// endpoint, a retry or a name means the same in every program. Tests make others,
// with faults in between.
func TestStacksAreConnectedInOnePlace(t *testing.T) {
	t.Parallel()
	const home = "pkg/flowaws"
	makers := []string{"dynamodb.NewFromConfig", "dynamodb.New", "sqs.NewFromConfig", "sqs.New", "dynamo.New", "sqsqueue.New"}
	made := map[string]bool{}
	for _, p := range list(t, module+"...") {
		folder := strings.TrimPrefix(p.ImportPath, module)
		if !slices.ContainsFunc(p.Imports, func(imported string) bool {
			return strings.HasPrefix(imported, aws) || imported == module+"pkg/dynamo" || imported == module+"pkg/sqsqueue"
		}) {
			continue
		}
		for name, file := range sources(t, folder) {
			ast.Inspect(file, func(n ast.Node) bool {
				s, ok := n.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				of, ok := s.X.(*ast.Ident)
				switch {
				case !ok || !slices.Contains(makers, of.Name+"."+s.Sel.Name):
				case folder == home:
					made[of.Name] = true
				default:
					t.Errorf("%s calls %s.%s: use %s", name, of.Name, s.Sel.Name, home)
				}
				return true
			})
		}
	}
	if len(made) != 4 {
		t.Errorf("%s makes %v: this test looks for the wrong thing", home, made)
	}
}
