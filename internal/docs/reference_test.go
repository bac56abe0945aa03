package docs

import (
	"regexp"
	"strings"
	"testing"

	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
)

// wantRows fails unless a document has a row for each name that a pattern finds in
// a source.
func wantRows(t *testing.T, document, source, pattern string, least int) {
	t.Helper()
	text := read(t, document)
	names := regexp.MustCompile(pattern).FindAllStringSubmatch(read(t, source), -1)
	if len(names) < least {
		t.Errorf("%s names %d things, want at least %d: %q", source, len(names), least, names)
	}
	for _, name := range names {
		row := regexp.MustCompile("(?m)^\\|[^|]*`" + regexp.QuoteMeta(name[1]) + "`[^|]*\\|")
		if !row.MatchString(text) {
			t.Errorf("%s has no row for %s of %s", document, name[1], source)
		}
	}
}

func TestBuiltinsAreDocumented(t *testing.T) {
	t.Parallel()
	wantRows(t, "docs/nodes.md", "pkg/flow/builtin.go", `"(\w+)": +read[A-Z]`, 4)
	wantRows(t, "docs/nodes.md", "pkg/flow/builtin.go", `"(\w+)": +"\w+node\.New"`, 1)
}

func TestIssuesAreDocumented(t *testing.T) {
	t.Parallel()
	wantRows(t, "docs/blueprints.md", "pkg/flow/issues.go", `issue\w+ += "([A-Z_]+)"`, 13)
	comment, _, _ := strings.Cut(read(t, "pkg/flow/issues.go"), "\ntype Issue struct")
	for _, match := range regexp.MustCompile(`issue\w+ += "([A-Z_]+)"`).FindAllStringSubmatch(read(t, "pkg/flow/issues.go"), -1) {
		if !strings.Contains(comment, match[1]) {
			t.Errorf("the comment of flow.Issue does not name %s", match[1])
		}
	}
}

// Functions of expressions are named in the documents for authors.
func TestFunctionsAreDocumented(t *testing.T) {
	t.Parallel()
	functions := regexp.MustCompile(`(?m)^\t"(\w+)": +(?:rounding|func)\(`).FindAllStringSubmatch(read(t, "internal/expression/call.go"), -1)
	if len(functions) < 6 {
		t.Errorf("%d functions found, want all: %q", len(functions), functions)
	}
	_, section, _ := strings.Cut(read(t, migration), "\n## Expressions\n")
	section, _, _ = strings.Cut(section, "\n## ")
	for _, function := range functions {
		if !regexp.MustCompile(`\b` + function[1] + `\b`).MatchString(section) {
			t.Errorf("%s does not name the function %s", migration, function[1])
		}
	}
}

// Each index has a row, with the keys for its queries.
func TestIndexesAreDocumented(t *testing.T) {
	t.Parallel()
	formats := read(t, "docs/formats.md")
	found := 0
	for _, table := range []tables.Table{tables.Context(), tables.Status(), tables.Coordination()} {
		for _, index := range table.Indexes {
			found++
			row := regexp.MustCompile("(?m)^\\|.*`" + index.Name + "`.*`" + index.Range.Name + "`.*\\|$")
			if !row.MatchString(formats) {
				t.Errorf("docs/formats.md has no row for the index %s with its range key %s", index.Name, index.Range.Name)
			}
		}
	}
	if found < 4 {
		t.Errorf("%d indexes found, want all", found)
	}
}
