package arch

import (
	"go/ast"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
)

// No type has more methods than one can keep in mind.
func TestTypesAreSmall(t *testing.T) {
	t.Parallel()
	const most = 16
	for _, folder := range folders(t, "internal", "pkg", "infra/cdk") {
		for name, n := range methods(t, folder) {
			if n > most {
				t.Errorf("%s %s has %d methods, want at most %d", folder, name, n, most)
			}
		}
	}
}

// folders returns all folders below these that have source.
func folders(t *testing.T, roots ...string) (found []string) {
	t.Helper()
	for _, root := range roots {
		err := fs.WalkDir(os.DirFS("../.."), root, func(name string, entry fs.DirEntry, err error) error {
			if err == nil && entry.IsDir() && entry.Name() == "testdata" {
				return fs.SkipDir
			}
			source := strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go")
			if folder := path.Dir(name); source && !slices.Contains(found, folder) {
				found = append(found, folder)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return found
}

// methods returns the number of methods of each type of a package.
func methods(t *testing.T, folder string) map[string]int {
	t.Helper()
	count := map[string]int{}
	for _, file := range sources(t, folder) {
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv != nil {
				count[receiver(f)]++
			}
		}
	}
	return count
}

// receiver returns the name of a method's type, without its parameters.
func receiver(f *ast.FuncDecl) string {
	e := f.Recv.List[0].Type
	if star, ok := e.(*ast.StarExpr); ok {
		e = star.X
	}
	switch generic := e.(type) {
	case *ast.IndexExpr:
		e = generic.X
	case *ast.IndexListExpr:
		e = generic.X
	}
	return e.(*ast.Ident).Name
}
