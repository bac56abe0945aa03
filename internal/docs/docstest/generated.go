// Package docstest holds the generated parts of the documentation against
// their sources. Such a part stands between two marks:
//
//	<!-- generated: NAME -->
//	…
//	<!-- end of NAME -->
//
// A test that finds another text there fails; with the flag -update, it writes
// the part instead.
package docstest

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the generated parts of the documentation")

// Generated compares the part of that name in a file with the text of its source, or
// writes it.
func Generated(t *testing.T, file, name, text string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	begin, end := "<!-- generated: "+name+" -->\n", "<!-- end of "+name+" -->\n"
	before, rest, begun := strings.Cut(string(data), begin)
	part, after, ended := strings.Cut(rest, end)
	if !begun || !ended {
		t.Fatalf("%s has no place for %s: add the lines\n%s%s", file, name, begin, end)
	}
	if part == text {
		return
	}
	if !*update {
		t.Errorf("%s, %s: run this test with -update (-documented +source):\n%s", file, name, cmp.Diff(part, text))
		return
	}
	if err := os.WriteFile(file, []byte(before+begin+text+end+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Table returns a table in Markdown, with a title for each column.
func Table(titles []string, rows [][]string) string {
	var table strings.Builder
	line := func(cells []string) { table.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	line(titles)
	table.WriteString(strings.Repeat("|---", len(titles)) + "|\n")
	for _, row := range rows {
		line(row)
	}
	return table.String()
}
