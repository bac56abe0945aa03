package coldstart

import (
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// worker and empty are the binaries of this repository's worker, and of a function that
// does nothing.
var worker, empty string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "coldstart")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	worker, empty = filepath.Join(dir, "worker"), filepath.Join(dir, "empty")
	for binary, source := range map[string]string{worker: "../../functions/worker", empty: "./testdata/empty"} {
		// The flags are those of a deployment.
		build := exec.Command("go", "build", "-tags", "lambda.norpc", "-ldflags", "-s -w", "-trimpath", "-o", binary, source)
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			panic(string(out))
		}
	}
	return m.Run()
}

// Packages whose variables or types cost every start, though a worker can do without.
func TestPackagesThatAreNotLinked(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-tags", "lambda.norpc", "-deps", "../../functions/worker", "../../functions/reconciler").Output()
	if err != nil {
		t.Fatal(err)
	}
	linked := strings.Fields(string(out))
	if !slices.Contains(linked, "github.com/aws/aws-sdk-go-v2/service/dynamodb") {
		t.Fatal("the list of packages has no client of DynamoDB: this test looks for the wrong thing")
	}
	for _, name := range []string{"encoding/gob", "encoding/xml", "html/template", "net/rpc", "text/template", "testing", "go/parser"} {
		if slices.Contains(linked, name) {
			t.Errorf("%s is linked", name)
		}
	}
	const sdk = "github.com/aws/aws-sdk-go-v2/"
	for _, name := range linked {
		service, ok := strings.CutPrefix(name, sdk+"service/")
		service, _, _ = strings.Cut(service, "/")
		if ok && !slices.Contains([]string{"dynamodb", "dynamodbstreams", "sqs", "internal"}, service) || name == sdk+"config" {
			t.Errorf("%s is linked: internal/signed and internal/awsenv do without it", name)
		}
	}
}

// The limits of the memory that packages take before main, in bytes: of the SDK's, whose
// schemas are two thirds, and of each of ours.
const (
	maxInit    = 1_150_000
	maxOwnInit = 32_000
)

func TestInitialization(t *testing.T) {
	t.Parallel()
	inits := initializations(t, begin(t, worker, "GODEBUG=inittrace=1").stderr)
	slices.SortFunc(inits, func(a, b initialization) int { return cmp.Compare(b.bytes, a.bytes) })
	total := 0
	for i, of := range inits {
		total += of.bytes
		if i < 10 {
			t.Log(of.line)
		}
		if strings.Contains(of.name, "flowcraft") && of.bytes > maxOwnInit {
			t.Errorf("%s: %d bytes before main, want at most %d: compile, parse and connect when it is used", of.name, of.bytes, maxOwnInit)
		}
	}
	t.Logf("all packages: %d bytes", total)
	if total > maxInit {
		t.Errorf("%d bytes before main, want at most %d", total, maxInit)
	}
}
