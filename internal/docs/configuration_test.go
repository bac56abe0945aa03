package docs

import (
	"cmp"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/flowcraft-go/flowcraft/internal/docs/docstest"
	"github.com/flowcraft-go/flowcraft/internal/settings"
)

// The documentation of the settings equals their table.
func TestConfigurationMatchesTheTable(t *testing.T) {
	t.Parallel()
	var functions, deployment, kinds [][]string
	seen := map[string]bool{}
	for _, s := range settings.All() {
		if s.OfFunctions() {
			functions = append(functions, row(s, readers(s)))
		} else {
			deployment = append(deployment, row(s))
		}
		if !seen[s.Kind.Name] {
			seen[s.Kind.Name] = true
			kinds = append(kinds, []string{s.Kind.Name, s.Kind.Form})
		}
	}
	file := filepath.Join(root, "docs", "configuration.md")
	docstest.Generated(t, file, "settings of the functions",
		docstest.Table([]string{"variable", "key", "default", "value", "meaning", "read by"}, functions))
	docstest.Generated(t, file, "settings of the deployment",
		docstest.Table([]string{"variable", "key", "default", "value", "meaning"}, deployment))
	docstest.Generated(t, file, "kinds of settings", docstest.Table([]string{"value", "form"}, kinds))
}

func row(s settings.Setting, more ...string) []string {
	key, fallback := "", s.Default
	if s.Property {
		key = "`" + s.Key() + "`"
	}
	if s.Required {
		fallback = "required"
	}
	return append([]string{"`" + s.Name + "`", key, cmp.Or(fallback, "none"), s.Kind.Name, s.Doc}, more...)
}

func readers(s settings.Setting) string {
	var names []string
	for _, reader := range s.Readers {
		names = append(names, string(reader))
	}
	return strings.Join(names, ", ")
}

var variableName = regexp.MustCompile(`\b(?:FLOW|LOG)(?:_[A-Z]+)+\b`)

// Each setting that a document names exists.
func TestNamedSettingsExist(t *testing.T) {
	t.Parallel()
	exists := map[string]bool{}
	for _, s := range settings.All() {
		exists[s.Name] = true
	}
	files, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil || len(files) < 4 {
		t.Fatalf("documents %v, %v", files, err)
	}
	named := 0
	for _, file := range append(files, filepath.Join(root, "README.md")) {
		file = strings.TrimPrefix(file, root+"/")
		for _, name := range variableName.FindAllString(read(t, file), -1) {
			named++
			if !exists[name] {
				t.Errorf("%s names %s: there is no such setting", file, name)
			}
		}
	}
	if named < 50 {
		t.Errorf("%d settings are named, want more", named)
	}
}
