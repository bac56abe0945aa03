package arch

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/internal/proxytest"
)

// A module that only runs workflows in memory downloads the engine and its
// expressions: nothing of AWS, of the CDK or of its runtime.
func TestUserOfTheEngineDownloadsTheEngine(t *testing.T) {
	t.Parallel()
	proxy := proxytest.Publish(t, "../..")
	dir := t.TempDir()
	source, err := os.ReadFile("../../examples/quickstart/main.go")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "main.go"), source, 0o600); err != nil {
		t.Fatal(err)
	}
	proxy.Go(dir, "mod", "init", "example.com/orders")
	proxy.Go(dir, "get", proxytest.Engine+"/pkg/flow/memory")
	if out := proxy.Go(dir, "run", "."); out != "completed 120\n" {
		t.Errorf("the quick start prints %q, want completed 120", out)
	}
	if diff := cmp.Diff([]string{"github.com/expr-lang/expr", proxytest.Engine, "golang.org/x/sync"}, downloaded(t, proxy)); diff != "" {
		t.Errorf("downloads (-want +got):\n%s", diff)
	}
	for module := range strings.FieldsSeq(proxy.Go(dir, "mod", "graph")) {
		for _, part := range []string{"aws-cdk-go", "jsii-runtime-go", "constructs-go"} {
			if strings.Contains(module, part) {
				t.Errorf("%s is in the module graph", module)
			}
		}
	}
}

// downloaded returns the modules whose code was downloaded, sorted by name.
func downloaded(t *testing.T, proxy *proxytest.Proxy) (modules []string) {
	t.Helper()
	cache := filepath.Join(proxy.Cache, "cache", "download")
	err := filepath.WalkDir(cache, func(path string, _ fs.DirEntry, err error) error {
		if module, _, ok := strings.Cut(path[len(cache):], "/@v/"); ok && strings.HasSuffix(path, ".zip") {
			modules = append(modules, module[1:])
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return modules
}
