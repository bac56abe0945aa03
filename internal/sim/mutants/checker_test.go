package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// checker finds the faults for which a compiler would refuse a changed file. It is
// much faster than a compiler: it skips the bodies of a package's other functions.
type checker struct {
	set      *token.FileSet
	imported types.Importer
	packages map[string]map[string]*ast.File // by folder and file, without functions' bodies
}

type listed struct {
	ImportPath string
	Dir        string
	Export     string
	GoFiles    []string
	Standard   bool
}

func newChecker(t *testing.T, root string) *checker {
	t.Helper()
	c := &checker{set: token.NewFileSet(), packages: map[string]map[string]*ast.File{}}
	exports := map[string]string{}
	list := exec.CommandContext(t.Context(), "go", "list", "-export", "-deps", "-json=ImportPath,Dir,Export,GoFiles,Standard", "./pkg/flow/...", "./internal/decide")
	list.Dir = root
	out, err := list.Output()
	if err != nil {
		t.Fatalf("list the packages: %v", err)
	}
	for decoder := json.NewDecoder(strings.NewReader(string(out))); decoder.More(); {
		var p listed
		if err := decoder.Decode(&p); err != nil {
			t.Fatal(err)
		}
		exports[p.ImportPath] = p.Export
		folder, err := filepath.Rel(root, p.Dir)
		if err != nil || p.Standard || strings.HasPrefix(folder, "..") {
			continue
		}
		c.packages[filepath.ToSlash(folder)] = c.outlines(t, p)
	}
	c.imported = importer.ForCompiler(c.set, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })
	return c
}

// outlines returns the files of a package without the bodies of its functions.
func (c *checker) outlines(t *testing.T, p listed) map[string]*ast.File {
	t.Helper()
	files := map[string]*ast.File{}
	for _, name := range p.GoFiles {
		file, err := parser.ParseFile(c.set, filepath.Join(p.Dir, name), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Type.TypeParams == nil && f.Name.Name != "init" {
				f.Body = nil
			}
		}
		files[name] = file
	}
	return files
}

// faults returns the errors of a file, with this text, as part of its package.
func (c *checker) faults(file, text string) (found []error) {
	changed, err := parser.ParseFile(c.set, file, text, 0)
	if err != nil {
		return []error{err}
	}
	others, known := c.packages[path.Dir(file)]
	if !known {
		return []error{fmt.Errorf("%s is in no package of the core", file)}
	}
	files := []*ast.File{changed}
	for name, other := range others {
		if name != path.Base(file) {
			files = append(files, other)
		}
	}
	config := types.Config{Importer: c.imported, Error: func(err error) {
		if fault, ok := errors.AsType[types.Error](err); ok && fault.Fset.Position(fault.Pos).Filename == file {
			found = append(found, err)
		}
	}}
	_, _ = config.Check(path.Dir(file), c.set, files, nil) // its error is the first of those above, or of an outline
	return found
}
