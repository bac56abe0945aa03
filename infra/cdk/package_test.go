package main

import (
	"bytes"
	"debug/elf"
	"os"
	"path/filepath"
	"testing"

	"github.com/flowcraft-go/flowcraft/infra/cdk/flowcdk"
)

// module writes a module with one main package and returns its folder.
func module(t *testing.T, source string) string {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "go.mod"), "module example.com/worker\n\ngo 1.26\n")
	write(t, filepath.Join(dir, "main.go"), source)
	return dir
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// The same sources make the same asset, wherever they are: a deployment
// without a change uploads nothing.
func TestBuildIsReproducible(t *testing.T) {
	var binaries [][]byte
	for range 2 {
		p := flowcdk.Package{Dir: module(t, "package main\n\nfunc main() { println(1) }\n"), Main: ".", Output: t.TempDir()}
		if err := p.Build(t.Context()); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(filepath.Join(p.Output, "bootstrap"))
		if err != nil {
			t.Fatal(err)
		}
		binaries = append(binaries, data)
	}
	if !bytes.Equal(binaries[0], binaries[1]) {
		t.Error("two builds of the same sources in different folders differ")
	}
	binary, err := elf.NewFile(bytes.NewReader(binaries[0]))
	if err != nil {
		t.Fatal(err)
	}
	libraries, err := binary.ImportedLibraries()
	if binary.Machine != elf.EM_AARCH64 || len(libraries) > 0 || err != nil {
		t.Errorf("the binary is for %s and needs %v (%v), want arm64, nothing", binary.Machine, libraries, err)
	}
}

func TestBuildErrorHasTheCompilersOutput(t *testing.T) {
	p := flowcdk.Package{Dir: module(t, "package main\n\nfunc main() { undeclared() }\n"), Main: ".", Output: t.TempDir()}
	wantFaults(t, p.Build(t.Context()), "build . for linux/arm64", "main.go:3:15: undefined: undeclared")
}

func TestBlueprintsTravelWithTheBinary(t *testing.T) {
	blueprints, output := t.TempDir(), t.TempDir()
	write(t, filepath.Join(blueprints, "a.json"), `{"id":"a"}`)
	write(t, filepath.Join(blueprints, "notes.txt"), "not for the asset")
	write(t, filepath.Join(output, "stale"), "of an earlier build")
	p := flowcdk.Package{Dir: module(t, "package main\n\nfunc main() {}\n"), Main: ".", Output: output, Blueprints: blueprints}
	if err := p.Build(t.Context()); err != nil {
		t.Fatal(err)
	}
	var files []string
	err := filepath.WalkDir(output, func(path string, entry os.DirEntry, err error) error {
		if !entry.IsDir() {
			files = append(files, path[len(output)+1:])
		}
		return err
	})
	if texted(files) != `["blueprints/a.json","bootstrap"]` || err != nil {
		t.Errorf("files = %v, %v", files, err)
	}
}

// The worker itself checks its blueprints and settings, with its own code.
func TestCheck(t *testing.T) {
	worker, _ := packages(repository)
	if err := worker.Check(t.Context(), flowcdk.Props{}); err != nil {
		t.Error(err)
	}
	worker.Blueprints = t.TempDir()
	write(t, filepath.Join(worker.Blueprints, "order.json"),
		`{"id":"order","nodes":[{"id":"a","uses":"order.paint"},{"id":"b","uses":"pass"}],"edges":[{"source":"a","target":"c"}]}`)
	wantFaults(t, worker.Check(t.Context(), flowcdk.Props{StalledAfter: 1}),
		"./functions/worker does not start", `nodes[0].uses ("a"): MISSING_NODE_IMPLEMENTATION`, `edges[0].target ("a -> c"): INVALID_EDGE_TARGET`, "stalled after 1ns")
}

func TestCheckOfAnotherProgram(t *testing.T) {
	p := flowcdk.Package{Dir: module(t, "package main\n\nfunc main() { panic(\"no settings\") }\n"), Main: "."}
	wantFaults(t, p.Check(t.Context(), flowcdk.Props{}), ". does not start: panic: no settings", "exit status 2")
}

// The function is started with the further variables of its deployment, except for a
// file that is there only when deployed.
func TestCheckGivesTheEnvironment(t *testing.T) {
	source := "package main\n\nimport \"os\"\n\nfunc main() { panic(os.Getenv(\"SHOP_URL\") + os.Getenv(\"AWS_CA_BUNDLE\") + os.Getenv(\"FLOW_INTAKE_ARN\")) }\n"
	props := flowcdk.Props{Intake: true, Environment: map[string]string{"SHOP_URL": "https://shop.example.com ", "AWS_CA_BUNDLE": "/opt/ca.pem"}}
	wantFaults(t, flowcdk.Package{Dir: module(t, source), Main: "."}.Check(t.Context(), props), "panic: https://shop.example.com arn:aws:sqs:us-east-1:123456789012:intake")
}
