package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// The CDK's runtime does not support concurrency: the tests of this package are not
// parallel.
func TestMain(m *testing.M) {
	code := m.Run()
	jsii.Close()
	os.Exit(code)
}

// repository is its root.
const repository = "../.."

// newApp makes an app with the context of cdk.json, as the command line does.
func newApp(t *testing.T, extra map[string]any) awscdk.App {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(repository, "cdk.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Context map[string]any }
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	maps.Copy(file.Context, extra)
	return awscdk.NewApp(&awscdk.AppProps{Context: &file.Context, Outdir: new(t.TempDir())})
}

// codeOf returns a substitute for a function's code, which these tests do not run.
func codeOf(t *testing.T) awslambda.Code {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "bootstrap"), []byte("stand-in"), 0o755); err != nil {
		t.Fatal(err)
	}
	return awslambda.Code_FromAsset(&dir, nil)
}

// settingsOf reads settings from a context, with substitutes for built code.
func settingsOf(t *testing.T, context map[string]any) deployment {
	t.Helper()
	s, err := readSettings(context, func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	s.Worker, s.Reconciler = codeOf(t), codeOf(t)
	s.Blueprints = []*flow.Blueprint{{ID: "order", Nodes: []flow.Node{{ID: "a", Uses: "pass"}}}}
	return s
}

// template is a synthesized stack's template.
type template struct {
	t         *testing.T
	Resources map[string]map[string]any
	Outputs   map[string]map[string]any
}

// synthesized are the templates of settings alone, which many tests read.
var synthesized = map[string]template{}

// synthesize returns the template of some settings, which tests do not change.
func synthesize(t *testing.T, context map[string]any, change ...func(*deployment)) template {
	t.Helper()
	if known, ok := synthesized[texted(context)]; ok && len(change) == 0 {
		known.t = t
		return known
	}
	s := settingsOf(t, context)
	for _, c := range change {
		c(&s)
	}
	stack, err := newStack(newApp(t, nil), s)
	if err != nil {
		t.Fatal(err)
	}
	made := read(t, stack)
	if len(change) == 0 {
		synthesized[texted(context)] = made
	}
	return made
}

func read(t *testing.T, stack awscdk.Stack) template {
	t.Helper()
	data, err := json.Marshal(assertions.Template_FromStack(stack, nil).ToJSON())
	if err != nil {
		t.Fatal(err)
	}
	found := template{t: t}
	if err := json.Unmarshal(data, &found); err != nil {
		t.Fatal(err)
	}
	return found
}

// one returns the logical id and the resource whose id begins with id, of which
// there must be one: Queue, Worker, Context…
func (tm template) one(kind, id string) (string, map[string]any) {
	tm.t.Helper()
	var ids []string
	for logical, resource := range tm.Resources {
		rest, ok := strings.CutPrefix(logical, "Flow"+id)
		if ok && resource["Type"] == kind && len(rest) == 8 {
			ids = append(ids, logical)
		}
	}
	if len(ids) != 1 {
		tm.t.Fatalf("%d resources %s of type %s: %v", len(ids), id, kind, ids)
	}
	return ids[0], tm.Resources[ids[0]]
}

func (tm template) types() []string {
	var kinds []string
	for _, resource := range tm.Resources {
		kinds = append(kinds, fmt.Sprint(resource["Type"]))
	}
	return slices.Sorted(slices.Values(kinds))
}

// at returns the value at a path like Properties.Code.0.Key; nil if there is none.
func at(value any, path string) any {
	for step := range strings.SplitSeq(path, ".") {
		switch v := value.(type) {
		case map[string]any:
			value = v[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(v) {
				return nil
			}
			value = v[i]
		default:
			return nil
		}
	}
	return value
}

// texted returns a value as JSON, for comparisons and messages.
func texted(value any) string {
	data, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	return string(data)
}
