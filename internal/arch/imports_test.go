// Package arch tests the module's architecture: permitted imports, the places of
// conditions and clocks, the number of exported names, and the English of comments.
package arch

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/flowcraft-go/flowcraft/"

const (
	aws    = "github.com/aws/aws-sdk-go-v2"
	smithy = "github.com/aws/smithy-go"
	lambda = "github.com/aws/aws-lambda-go"
	gocmp  = "github.com/google/go-cmp"
)

// layer is a package and its permitted imports beside the standard library:
// packages of this module, and prefixes of others.
type layer struct {
	name string
	may  []string
}

// layers are the packages of the product, the lowest first: each may import only
// packages listed above it. docs/architecture.md draws them.
var layers = []layer{
	// Leaves without knowledge of workflows.
	{"internal/backoff", nil},
	{"internal/describe", nil},
	{"internal/duration", nil},
	{"internal/pause", nil},
	{"internal/semaphore", []string{"golang.org/x/sync"}},
	{"internal/timeout", nil},
	{"internal/spawn", nil},
	{"internal/turns", []string{"internal/semaphore"}},
	{"internal/rawjson", nil},
	{"internal/expression", []string{"github.com/expr-lang/expr"}},
	{"pkg/dynamo/tables", nil},
	{"internal/settings", []string{"internal/duration"}},

	// Workflows.
	{"pkg/flow", []string{"internal/describe", "internal/duration", "internal/expression", "internal/rawjson"}},
	{"pkg/flow/trace", nil},
	{"pkg/flow/secret", []string{"pkg/flow"}},
	{"pkg/flow/state", []string{"internal/describe", "pkg/flow", "pkg/flow/trace"}},
	{"internal/decide", []string{"internal/backoff", "internal/expression", "internal/rawjson", "pkg/flow", "pkg/flow/state", "pkg/flow/trace"}},
	{"pkg/flow/client", []string{"internal/decide", "internal/rawjson", "pkg/flow", "pkg/flow/state", "pkg/flow/trace"}},
	{"pkg/flow/engine", []string{"internal/backoff", "internal/decide", "internal/expression", "internal/rawjson", "internal/semaphore", "internal/spawn", "internal/timeout", "internal/turns", "pkg/flow", "pkg/flow/state", "pkg/flow/trace"}},
	{"pkg/flow/memory", []string{"internal/backoff", "pkg/flow", "pkg/flow/client", "pkg/flow/engine", "pkg/flow/state"}},
	{"pkg/flow/flowtest", []string{"pkg/flow", "pkg/flow/client", "pkg/flow/engine", "pkg/flow/memory"}},

	// Amazon's stores and queues.
	{"pkg/dynamo", []string{"internal/backoff", "internal/describe", "internal/pause", "internal/rawjson", "pkg/dynamo/tables", "pkg/flow", "pkg/flow/state", aws, smithy}},
	{"pkg/sqsqueue", []string{"internal/backoff", "internal/describe", "internal/pause", "pkg/flow", "pkg/flow/state", aws, smithy}},

	// A deployed stack.
	{"internal/prepared", []string{aws, smithy}},
	{"pkg/flowaws", []string{"internal/describe", "internal/prepared", "pkg/dynamo", "pkg/flow", "pkg/flow/client", "pkg/flow/state", "pkg/sqsqueue", aws}},

	// Nodes and hosts.
	{"internal/signed", []string{aws}},
	{"internal/awsenv", []string{aws}},
	{"pkg/httpnode", []string{"internal/rawjson", "internal/turns", "pkg/flow", "pkg/flow/secret", "pkg/flow/trace"}},
	{"pkg/secretaws", []string{"internal/pause", "internal/signed", "pkg/flow", "pkg/flow/secret", aws}},
	{"pkg/lambdanode", []string{"internal/pause", "internal/rawjson", "internal/signed", "internal/turns", "pkg/flow", "pkg/flow/trace", aws}},
	{"pkg/lambdaflow/metrics", []string{"pkg/flow", "pkg/flow/engine"}},
	{"pkg/lambdaflow", []string{
		"internal/awsenv", "internal/describe", "internal/settings", "pkg/flow", "pkg/flow/engine", "pkg/flow/secret", "pkg/flow/state", "pkg/flow/trace", "pkg/flowaws", "pkg/httpnode", "pkg/lambdaflow/metrics", "pkg/lambdanode", "pkg/secretaws", "pkg/sqsqueue", aws, lambda,
	}},

	// Proof.
	{"internal/fault", []string{"pkg/flow", "pkg/flow/state"}},
	{"internal/wire", []string{"internal/fault"}},
	{"internal/suites", []string{"internal/fault", "internal/semaphore", "internal/spawn", "pkg/flow", "pkg/flow/client", "pkg/flow/engine", "pkg/flow/memory", "pkg/flow/state", gocmp}},
	{"pkg/flow/storetest", []string{"internal/suites", "pkg/flow/state"}},
	{"internal/sim", []string{"internal/decide", "internal/fault", "internal/semaphore", "internal/spawn", "internal/timeout", "pkg/flow", "pkg/flow/client", "pkg/flow/engine", "pkg/flow/memory", "pkg/flow/state"}},
	{"internal/sim/cmd", []string{"internal/sim", "pkg/flow"}},
	{"internal/sim/mutants", nil},
}

type listedPackage struct {
	ImportPath string
	Doc        string // the first sentence of its comment
	Imports    []string
}

func list(t *testing.T, pattern string) []listedPackage {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Doc,Imports", pattern).Output()
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

func TestImportsFollowTheLayers(t *testing.T) {
	t.Parallel()
	rules := map[string][]string{}
	for _, l := range layers {
		rules[l.name] = l.may
	}
	seen := map[string]bool{}
	for _, p := range list(t, module+"...") {
		name := strings.TrimPrefix(p.ImportPath, module)
		may, restricted := rules[name]
		seen[name] = restricted
		if !restricted && strings.HasPrefix(name, "pkg/flow") {
			t.Errorf("%s has no place among the layers: give it one", name)
		}
		for _, imported := range p.Imports {
			if restricted && !permitted(strings.TrimPrefix(imported, module), may) {
				t.Errorf("%s imports %s: it may import %v", name, imported, may)
			}
		}
	}
	for _, l := range layers {
		if !seen[l.name] {
			t.Errorf("there is no package %s: the rule for it is dead", l.name)
		}
	}
}

// A layer may import only layers above it in the table, so that there are no
// cycles.
func TestLayersPointDownwards(t *testing.T) {
	t.Parallel()
	below := map[string]bool{}
	for _, l := range layers {
		for _, name := range l.may {
			if !strings.Contains(name, ".") && !below[name] {
				t.Errorf("%s may import %s, which does not stand above it", l.name, name)
			}
		}
		below[l.name] = true
	}
}

// permitted reports whether a package may be imported: the standard library always
// is.
func permitted(imported string, may []string) bool {
	first, _, _ := strings.Cut(imported, "/")
	if !strings.Contains(first, ".") && !ours(imported) {
		return true
	}
	return slices.ContainsFunc(may, func(rule string) bool {
		if strings.Contains(rule, ".") {
			return imported == rule || strings.HasPrefix(imported, rule+"/")
		}
		return imported == rule
	})
}

func ours(imported string) bool {
	return strings.HasPrefix(imported, "pkg/") || strings.HasPrefix(imported, "internal/") || strings.HasPrefix(imported, "cmd/")
}

// Only packages that are used in tests may import the testing package.
func TestOnlyTestKitsImportTesting(t *testing.T) {
	t.Parallel()
	kits := []string{"pkg/flow/flowtest", "pkg/flow/storetest", "internal/suites"}
	for _, p := range list(t, module+"...") {
		name := strings.TrimPrefix(p.ImportPath, module)
		if slices.Contains(p.Imports, "testing") && !slices.Contains(kits, name) && !strings.HasSuffix(name, "test") {
			t.Errorf("%s imports testing", name)
		}
	}
}
