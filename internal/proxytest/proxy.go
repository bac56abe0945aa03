// Package proxytest publishes the modules of this repository in a folder, as a
// release on a module proxy, so that tests see them as users do: without this
// repository around them, and without the replacements of their go.mod.
package proxytest

import (
	"archive/zip"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// Engine and CDK are the modules, and Version is the version that they are published
// as: the one that infra/cdk requires of the engine.
const (
	Engine  = "github.com/flowcraft-go/flowcraft"
	CDK     = Engine + "/infra/cdk"
	Version = "v0.1.0"
)

// Proxy serves modules: ours as published, all others from the cache of modules that
// the tests were built from. It needs no network.
type Proxy struct {
	t     testing.TB
	url   string
	Cache string // of the modules that users have downloaded; empty at first
}

// Publish publishes both modules of the repository at root, with the current content
// of its files.
func Publish(t testing.TB, root string) *Proxy {
	t.Helper()
	folder := t.TempDir()
	for module, dir := range map[string]string{Engine: "", CDK: "infra/cdk"} {
		at := filepath.Join(folder, filepath.FromSlash(module), "@v")
		if err := os.MkdirAll(at, 0o755); err != nil {
			t.Fatal(err)
		}
		goMod, err := os.ReadFile(filepath.Join(root, dir, "go.mod"))
		if err != nil {
			t.Fatal(err)
		}
		for name, content := range map[string]string{
			"list": Version + "\n", Version + ".info": fmt.Sprintf(`{"Version":%q,"Time":"2026-11-23T00:00:00Z"}`, Version), Version + ".mod": string(goMod),
		} {
			if err := os.WriteFile(filepath.Join(at, name), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		pack(t, filepath.Join(at, Version+".zip"), module, filepath.Join(root, dir), files(t, filepath.Join(root, dir)))
	}
	modules := strings.TrimSpace(run(t, root, os.Environ(), "go", "env", "GOMODCACHE"))
	return &Proxy{t: t, Cache: t.TempDir(), url: "file://" + folder + ",file://" + modules + "/cache/download"}
}

// files returns the files of the module in a folder: those that git tracks, or would
// add, and that are in no nested module.
func files(t testing.TB, dir string) (found []string) {
	t.Helper()
	all := strings.Split(strings.TrimSuffix(run(t, dir, os.Environ(), "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"), "\x00"), "\x00")
	var nested []string
	for _, file := range all {
		if path.Base(file) == "go.mod" && file != "go.mod" {
			nested = append(nested, path.Dir(file)+"/")
		}
	}
next:
	for _, file := range all {
		for _, prefix := range nested {
			if strings.HasPrefix(file, prefix) {
				continue next
			}
		}
		if _, err := os.Stat(filepath.Join(dir, file)); err == nil { // git lists it until the deletion is committed
			found = append(found, file)
		}
	}
	return found
}

func pack(t testing.TB, archive, module, dir string, files []string) {
	t.Helper()
	out, err := os.Create(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	w := zip.NewWriter(out)
	for _, file := range files {
		data, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		entry, err := w.Create(module + "@" + Version + "/" + file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := entry.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// Go runs the go command in a user's module, and returns its output.
func (p *Proxy) Go(dir string, args ...string) string {
	p.t.Helper()
	return run(p.t, dir, append(os.Environ(),
		"GOPROXY="+p.url, "GOMODCACHE="+p.Cache, "GOFLAGS=-modcacherw", "GOWORK=off", "GOTOOLCHAIN=local",
		"GOSUMDB=off", // the others were checked when they came into the cache, ours were never published
	), "go", args...)
}

// Folder returns the folder of a module that a user has downloaded.
func (p *Proxy) Folder(module string) string {
	return filepath.Join(p.Cache, filepath.FromSlash(module)+"@"+Version)
}

func run(t testing.TB, dir string, env []string, name string, args ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), name, args...)
	command.Dir, command.Env = dir, env
	var stderr strings.Builder
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, out, &stderr)
	}
	return string(out)
}
