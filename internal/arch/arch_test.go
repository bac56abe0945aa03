// Package arch proves the direction of the module's imports.
package arch

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/flowcraft-go/flowcraft/"

// allowed says what each package of the product may import beside the standard
// library, itself and what is below it: prefixes, of this module without the
// module's name.
var allowed = map[string][]string{
	"pkg/flow":                      {"pkg/flow/internal/expression"},
	"pkg/flow/internal/expression":  {"github.com/expr-lang/expr"},
	"pkg/flow/memory":               {"pkg/flow"},
	"pkg/flow/flowtest":             {"pkg/flow", "pkg/flow/memory", "github.com/google/go-cmp"},
	"pkg/flow/flowtest/sim":         {"pkg/flow", "pkg/flow/memory"},
	"pkg/flow/flowtest/sim/cmd":     {"pkg/flow", "pkg/flow/flowtest/sim"},
	"pkg/flow/flowtest/sim/mutants": {},
	"pkg/dynamo/tables":             {},
	"pkg/dynamo":                    {"pkg/flow", "pkg/dynamo/tables", "github.com/aws/aws-sdk-go-v2", "github.com/aws/smithy-go"},
	"pkg/lambdaflow/metrics":        {"pkg/flow"},
	"pkg/sqsqueue":                  {"pkg/flow", "github.com/aws/aws-sdk-go-v2", "github.com/aws/smithy-go"},
}

type listedPackage struct {
	ImportPath string
	Imports    []string
}

func list(t *testing.T, pattern string) []listedPackage {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", pattern).Output()
	if err != nil {
		t.Fatalf("go list %s: %v", pattern, err)
	}
	var packages []listedPackage
	for decoder := json.NewDecoder(strings.NewReader(string(out))); decoder.More(); {
		var p listedPackage
		if err := decoder.Decode(&p); err != nil {
			t.Fatalf("decode the packages: %v", err)
		}
		packages = append(packages, p)
	}
	return packages
}

func TestImportsPointAtFlow(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, p := range list(t, module+"pkg/...") {
		name := strings.TrimPrefix(p.ImportPath, module)
		rules, restricted := allowed[name]
		seen[name] = restricted
		for _, imported := range p.Imports {
			if restricted && !permitted(strings.TrimPrefix(imported, module), rules) {
				t.Errorf("%s imports %s: it may import %v", name, imported, rules)
			}
		}
	}
	for name := range allowed {
		if !seen[name] {
			t.Errorf("no package %s: the rule for it is dead", name)
		}
	}
}

// permitted: the standard library always is.
func permitted(imported string, rules []string) bool {
	first, _, _ := strings.Cut(imported, "/")
	if !strings.Contains(first, ".") && !strings.HasPrefix(imported, "pkg/") && !strings.HasPrefix(imported, "internal/") {
		return true
	}
	return slices.ContainsFunc(rules, func(rule string) bool {
		if strings.Contains(rule, ".") {
			return imported == rule || strings.HasPrefix(imported, rule+"/")
		}
		return imported == rule
	})
}

// Production code does not carry the testing package.
func TestOnlyTestKitsImportTesting(t *testing.T) {
	t.Parallel()
	for _, p := range list(t, module+"...") {
		name := strings.TrimPrefix(p.ImportPath, module)
		if slices.Contains(p.Imports, "testing") && name != "pkg/flow/flowtest" && !strings.HasSuffix(name, "test") {
			t.Errorf("%s imports testing", name)
		}
	}
}
