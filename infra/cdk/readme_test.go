package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func readFile(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestSettingsAreDocumented(t *testing.T) {
	readme := readFile(t, filepath.Join(repository, "README.md"))
	for _, one := range known {
		if !strings.Contains(readme, "`"+one.key+"`") || !strings.Contains(readme, "`"+one.variable+"`") {
			t.Errorf("README does not tell of %s and %s", one.key, one.variable)
		}
	}
}

var goBlock = regexp.MustCompile("(?ms)^```go\n(.*?)^```$")

// The app that the README shows, in a module that only requires these two,
// builds a worker of its own and synthesizes.
func TestConstructInAnotherModule(t *testing.T) {
	root, err := filepath.Abs(repository)
	if err != nil {
		t.Fatal(err)
	}
	var app string
	for _, block := range goBlock.FindAllStringSubmatch(readFile(t, filepath.Join(root, "README.md")), -1) {
		if strings.Contains(block[1], "flowcdk.New(") {
			app = block[1]
		}
	}
	dir := t.TempDir()
	for path, content := range map[string]string{
		"main.go":               app,
		"worker/main.go":        "package main\n\nimport (\n\t\"github.com/flowcraft-go/flowcraft/pkg/flow\"\n\t\"github.com/flowcraft-go/flowcraft/pkg/lambdaflow\"\n)\n\nfunc main() { lambdaflow.Worker(flow.Registry{}) }\n",
		"blueprints/order.json": `{"id":"order","nodes":[{"id":"a","uses":"pass"}]}`,
		"go.sum":                readFile(t, "go.sum") + readFile(t, filepath.Join(root, "go.sum")),
		"go.mod": strings.NewReplacer(
			"module github.com/flowcraft-go/flowcraft/infra/cdk", "module example.com/orders",
			"=> ../..", "=> "+root+"\n\nrequire github.com/flowcraft-go/flowcraft/infra/cdk v0.1.0\n\nreplace github.com/flowcraft-go/flowcraft/infra/cdk => "+filepath.Join(root, "infra", "cdk"),
		).Replace(readFile(t, "go.mod")),
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, path)), 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, path), content)
	}
	run(t, dir, "go", "build", "-o", "build/app", ".")
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
}

func run(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), name, args...)
	command.Dir = dir
	command.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "CDK_OUTDIR=cdk.out", "GOWORK=off")
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, output)
	}
}
