package arch

import (
	"strings"
	"testing"

	"github.com/flowcraft-go/flowcraft/internal/docs/docstest"
)

// The table of layers that maintainers read is the one that is tested, with each
// package in the words of its own comment.
func TestLayersAreDocumented(t *testing.T) {
	t.Parallel()
	purpose := map[string]string{}
	for _, p := range list(t, module+"...") {
		purpose[strings.TrimPrefix(p.ImportPath, module)] = sentence(p.Doc)
	}
	var rows [][]string
	for _, l := range layers {
		if purpose[l.name] == "" {
			t.Errorf("%s has no comment that says what it is", l.name)
		}
		rows = append(rows, []string{"`" + l.name + "`", purpose[l.name], imports(l.may)})
	}
	docstest.Generated(t, "../../docs/architecture.md", "the layers",
		docstest.Table([]string{"package", "what it is", "may import"}, rows))
}

// sentence is a package's comment without the words "Package name is".
func sentence(doc string) string {
	words := strings.Fields(strings.TrimSuffix(doc, ":"))
	if len(words) > 2 && (words[0] == "Package" || words[0] == "Command") {
		words = words[2:]
	}
	if len(words) > 1 && words[0] == "is" {
		words = words[1:]
	}
	return strings.TrimSuffix(strings.Join(words, " "), ".")
}

func imports(may []string) string {
	if len(may) == 0 {
		return "nothing"
	}
	names := make([]string, len(may))
	for i, name := range may {
		names[i] = "`" + name + "`"
	}
	return strings.Join(names, ", ")
}
