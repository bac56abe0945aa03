package arch

import (
	"go/ast"
	"go/doc"
	"go/doc/comment"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// met are the names that every user meets: the documentation of each shows an
// example. The one of "" is the package's own.
var met = map[string][]string{
	"pkg/flow": {
		"Func", "TaskFunc", "TaskFrom", "Task_Set", "ContextWithTask", "FromParams", "Permanent", "RetryAfter", "WithCode", "Middleware",
		"ParseBlueprint", "LoadBlueprints", "Validate", "Report", "Output",
	},
	"pkg/flow/client":   {"Client_Start", "Client_Cancel", "Client_Report"},
	"pkg/flow/memory":   {"Run", "Queue_Drain"},
	"pkg/flow/flowtest": {"Run", "Stub", "FailTimes", "Record", "WithMiddleware"},
	"pkg/flowaws":       {""},
	"pkg/lambdaflow":    {"Worker", "NewWorkerHandler", "WorkerHandler_Handle"},
}

// unexecuted are the examples that need an account of AWS, or never return: they
// are only compiled.
var unexecuted = []string{"pkg/flowaws.", "pkg/flow/storetest.", "pkg/lambdaflow.Worker", "pkg/lambdaflow.NewWorkerHandler"}

func TestNamesThatEveryUserMeetsHaveExamples(t *testing.T) {
	t.Parallel()
	for folder, names := range met {
		shown := examples(t, folder)
		for _, name := range names {
			if shown[name] == nil {
				t.Errorf("%s has no Example for %q", folder, name)
			}
		}
	}
}

func TestExamplesAreExplainedAndExecuted(t *testing.T) {
	t.Parallel()
	for folder := range met {
		for name, example := range examples(t, folder) {
			if example.Doc == "" {
				t.Errorf("%s: the Example of %q says in no comment what it shows", folder, name)
			}
			executed := example.Output != "" || example.EmptyOutput
			if executed == slices.Contains(unexecuted, folder+"."+name) {
				t.Errorf("%s: the Example of %q is executed: %t", folder, name, executed)
			}
		}
	}
}

// examples are those of a package, by their names.
func examples(t *testing.T, folder string) map[string]*doc.Example {
	t.Helper()
	paths, err := filepath.Glob("../../" + folder + "/*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, path := range paths {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	found := map[string]*doc.Example{}
	for _, example := range doc.Examples(files...) {
		found[example.Name] = example
	}
	return found
}

// bracketed is a link that leads nowhere: one that does is no plain text.
var bracketed = regexp.MustCompile(`\[\*?[A-Za-z][\w./]*\]`)

// A link to a name that has moved shows its brackets to the reader.
func TestDocLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	for _, p := range list(t, module+"pkg/...") {
		folder := strings.TrimPrefix(p.ImportPath, module)
		for _, text := range docs(t, p.ImportPath, folder) {
			for _, link := range bracketed.FindAllString(text, -1) {
				t.Errorf("%s: the comments link to %s, which is not there", folder, link)
			}
		}
	}
}

// docs is the plain text of a package's doc comments.
func docs(t *testing.T, path, folder string) (texts []string) {
	t.Helper()
	fset := token.NewFileSet()
	var files []*ast.File
	for name := range sources(t, folder) {
		file, err := parser.ParseFile(fset, "../../"+name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	pkg, err := doc.NewFromFiles(fset, files, path)
	if err != nil {
		t.Fatal(err)
	}
	read := func(text string) {
		for _, block := range pkg.Parser().Parse(text).Content {
			texts = append(texts, plain(block)...)
		}
	}
	funcs := func(all []*doc.Func) {
		for _, f := range all {
			read(f.Doc)
		}
	}
	read(pkg.Doc)
	funcs(pkg.Funcs)
	for _, v := range slices.Concat(pkg.Consts, pkg.Vars) {
		read(v.Doc)
	}
	for _, typ := range pkg.Types {
		read(typ.Doc)
		funcs(typ.Funcs)
		funcs(typ.Methods)
	}
	return texts
}

// plain are the texts of a block that are neither code nor links.
func plain(block comment.Block) (texts []string) {
	var of []comment.Text
	switch b := block.(type) {
	case *comment.Paragraph:
		of = b.Text
	case *comment.Heading:
		of = b.Text
	case *comment.List:
		for _, item := range b.Items {
			for _, inner := range item.Content {
				texts = append(texts, plain(inner)...)
			}
		}
	}
	for _, text := range of {
		if p, ok := text.(comment.Plain); ok {
			texts = append(texts, string(p))
		}
	}
	return texts
}
