package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/flowcraft-go/flowcraft/infra/cdk/flowcdk"
	"github.com/flowcraft-go/flowcraft/internal/proxytest"
)

func readFile(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

var goBlock = regexp.MustCompile("(?ms)^```go\n(.*?)^```$")

// The apps of docs/deploying.md and of testdata/consumer, in another module that gets
// both modules as published: the one builds a worker of its own, the other sets every
// property, and both synthesize.
func TestConstructInAnotherModule(t *testing.T) {
	var app string
	for _, block := range goBlock.FindAllStringSubmatch(readFile(t, filepath.Join(repository, "docs", "deploying.md")), -1) {
		if strings.Contains(block[1], "flowcdk.New(") {
			app = block[1]
		}
	}
	dir := t.TempDir()
	for path, content := range map[string]string{
		"main.go": app,
		"worker/main.go": `package main

import (
	"context"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/lambdaflow"
)

func price(_ context.Context, qty int) (int, error) { return qty * 40, nil }

func main() { lambdaflow.Worker(flow.Registry{"price": flow.Func(price)}) }
`,
		"blueprints/order.json": `{"id":"order","nodes":[{"id":"a","uses":"price"}],"metadata":{"schedule":{"expression":"rate(1 day)"}}}`,
		"every/main.go":         readFile(t, "testdata/consumer/main.go"),
		"code/bootstrap":        "stand-in",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, path)), 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, path), content)
	}
	getPublished(t, dir)
	run(t, dir, "go", "build", "-ldflags", "-s -w", "-o", "build/app", ".")
	run(t, dir, "build/app")

	var made template
	if err := json.Unmarshal([]byte(readFile(t, filepath.Join(dir, "cdk.out", "orders.template.json"))), &made); err != nil {
		t.Fatal(err)
	}
	made.t = t
	_, worker := made.one(kindFunction, "Worker")
	asset, _, _ := strings.Cut(at(worker, "Properties.Code.S3Key").(string), ".")
	for _, file := range []string{"bootstrap", "blueprints/order.json"} {
		if _, err := os.Stat(filepath.Join(dir, "cdk.out", "asset."+asset, file)); err != nil {
			t.Errorf("the worker's asset: %v", err)
		}
	}
	run(t, dir, "go", "build", "-o", "build/every", "./every")
	run(t, dir, "build/every")
	for stack, resources := range map[string]int{"orders-data": 12, "orders": 60, "orders-restored": 38} {
		var made template
		if err := json.Unmarshal([]byte(readFile(t, filepath.Join(dir, "cdk.out", stack+".template.json"))), &made); err != nil {
			t.Fatal(err)
		}
		if len(made.Resources) < resources {
			t.Errorf("stack %s has %d resources, want %d at least", stack, len(made.Resources), resources)
		}
	}
}

// The consumer outside sets every property, and all of an alias and of log groups.
func TestConsumerSetsEveryProperty(t *testing.T) {
	source := readFile(t, "testdata/consumer/main.go")
	for _, of := range []reflect.Type{reflect.TypeFor[flowcdk.Props](), reflect.TypeFor[flowcdk.Alias](), reflect.TypeFor[flowcdk.LogGroups](), reflect.TypeFor[flowcdk.Tables]()} {
		for _, field := range reflect.VisibleFields(of) {
			if set := regexp.MustCompile(`\b` + field.Name + `(:| =|, props\.)`); !set.MatchString(source) {
				t.Errorf("%s.%s is not set", of.Name(), field.Name)
			}
		}
	}
}

// getPublished makes dir a module that requires both of ours as published: the
// replacements in infra/cdk's own go.mod do not apply there.
func getPublished(t *testing.T, dir string) {
	t.Helper()
	proxy := proxytest.Publish(t, repository)
	proxy.Cache = shareCache(t, proxy.Cache)
	proxy.Go(dir, "mod", "init", "example.com/orders")
	proxy.Go(dir, "get", proxytest.CDK+"@latest") // and with it the version of the engine that it requires
	proxy.Go(dir, "get", "./...")
	proxy.Go(dir, "list", "-deps", "./...") // resolves every import, and downloads its module
	// The same files again, but now beside the real cache, whose modules are compiled already.
	for _, module := range []string{proxytest.Engine, proxytest.CDK} {
		run(t, dir, "go", "mod", "edit", "-replace", module+"="+proxy.Folder(module))
	}
}

// shareCache fills a module cache with the content of the real one, except for this
// repository's modules: the CDK is large.
func shareCache(t *testing.T, cache string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "env", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	shared := strings.TrimSpace(string(out))
	for _, folder := range []string{".", "github.com", "cache", "cache/download", "cache/download/github.com"} {
		entries, err := os.ReadDir(filepath.Join(shared, folder))
		if err == nil {
			err = os.MkdirAll(filepath.Join(cache, folder), 0o755)
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range entries {
			switch entry.Name() {
			case "github.com", "cache", "download", "lock", "flowcraft-go":
				continue
			}
			if err := os.Symlink(filepath.Join(shared, folder, entry.Name()), filepath.Join(cache, folder, entry.Name())); err != nil {
				t.Fatal(err)
			}
		}
	}
	return cache
}

func run(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), name, args...)
	command.Dir = dir
	command.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "CDK_OUTDIR=cdk.out", "GOWORK=off")
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, output)
	}
}
