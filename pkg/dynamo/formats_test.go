package dynamo

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/client"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
)

const formats = "../../docs/formats.md"

// orders is the blueprint whose runs docs/formats.md shows. Every user value in it
// has a mark: "what a user".
const orders = `{"id":"orders","metadata":{"version":"7","timeout":"60d"},
	"nodes":[{"id":"reserve","uses":"reserve"},{"id":"label","uses":"label"},{"id":"pack","uses":"pack"},{"id":"ship","uses":"ship"},
		{"id":"charge","uses":"charge","config":{"maxRetries":2,"retryDelay":3600000}},{"id":"refuse","uses":"refuse"}],
	"edges":[{"source":"reserve","target":"label","action":"go"},{"source":"reserve","target":"pack","action":"go","transform":"{box: input.box, note: 'what a user transforms'}"},
		{"source":"label","target":"ship"},{"source":"pack","target":"ship"},{"source":"reserve","target":"charge","action":"charge"},{"source":"reserve","target":"refuse","action":"refuse"}]}`

func orderCode() flow.Registry {
	return flow.Registry{
		"reserve": flow.TaskFunc(func(_ context.Context, task *flow.Task, in struct{ Action string }) (flow.Result, error) {
			return flow.Result{Output: map[string]any{"box": 3, "of": "what a user puts out"}, Action: in.Action}, task.Set("stock", "what a user keeps")
		}),
		"label": flow.Func(func(context.Context, json.RawMessage) (string, error) {
			return "what a user puts out at length " + strings.Repeat("x", maxItem), nil
		}),
		"pack": flow.Func(func(context.Context, json.RawMessage) (int, error) { return 1, nil }),
		"ship": flow.Func(func(context.Context, json.RawMessage) (string, error) { return "what a user wants", nil }),
		"charge": flow.Func(func(context.Context, json.RawMessage) (any, error) {
			return nil, fmt.Errorf("the bank is closed: what a user reads")
		}),
		"refuse": flow.Func(func(context.Context, json.RawMessage) (any, error) {
			return nil, flow.Permanent(fmt.Errorf("out of stock: what a user reads"))
		}),
	}
}

// parcels is a blueprint with a node that leads to many.
func parcels() *flow.Blueprint {
	b := &flow.Blueprint{ID: "parcels", Nodes: []flow.Node{{ID: "sort", Uses: "pack"}}}
	for n := range manyEdges + 1 {
		id := fmt.Sprint("parcel-", n)
		b.Nodes = append(b.Nodes, flow.Node{ID: id, Uses: "pack"})
		b.Edges = append(b.Edges, flow.Edge{Source: "sort", Target: id, Transform: fmt.Sprintf("'what a user transforms for %d'", n)})
	}
	return b
}

// runOrders runs three orders: one completes, one waits for a retry, one fails;
// and a run of parcels.
func runOrders(t *testing.T) fixture {
	t.Helper()
	f := setup(t)
	b, err := flow.ParseBlueprint([]byte(orders))
	if err != nil {
		t.Fatal(err)
	}
	queue, ids := memory.NewQueue(), 0
	worker, err := engine.New(f.Store, queue, orderCode(), engine.Config{
		Blueprints: []*flow.Blueprint{b, parcels()}, Strands: 1, Spread: -1, Now: func() time.Time { return now }, Jitter: func() float64 { return 0 },
		NewID: func() string { ids++; return fmt.Sprintf("owner-%d", ids) },
	})
	if err != nil {
		t.Fatal(err)
	}
	for n, action := range []string{"go", "charge", "refuse"} {
		input := map[string]string{"action": action, "item": "what a user gives"}
		id := fmt.Sprintf("order-%d", n+1)
		if _, err := client.New(queue, nil).Start(t.Context(), "orders", input, client.WithRunID(id), client.WithTenant("acme")); err != nil {
			t.Fatal(err)
		}
		if err := queue.Drain(t.Context(), worker); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := client.New(queue, nil).Start(t.Context(), "parcels", nil, client.WithRunID("parcels-1")); err != nil {
		t.Fatal(err)
	}
	if err := queue.Drain(t.Context(), worker); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]flow.Status{"parcels-1": flow.Completed, "order-1": flow.Completed, "order-2": flow.Running, "order-3": flow.Failed} {
		if run, err := f.Run(t.Context(), id); err != nil || run.Status != want {
			t.Fatalf("%s is %s (%+v), %v, want %s", id, run.Status, run.Error, err, want)
		}
	}
	locks := NewCoordinationStore(f.Store)
	if _, err := locks.Take(t.Context(), "lock#reconcile#order-1", "owner-9", time.Minute); err != nil {
		t.Fatal(err)
	}
	if _, err := locks.Increment(t.Context(), "parcels", time.Hour); err != nil {
		t.Fatal(err)
	}
	return f
}

// all returns the items of all tables, by the table's name and the item's key.
func (f fixture) all(t *testing.T) map[string]item {
	t.Helper()
	items := map[string]item{}
	for _, table := range []string{testNames.Context, testNames.Status, testNames.Coordination} {
		for it := range f.scan(t, table) {
			key := it.text(tables.RunID) + " " + it.text(tables.ItemKey)
			if table == testNames.Coordination {
				key = it.text(tables.CoordinationKey)
			}
			items[table+": "+strings.TrimSpace(key)] = it
		}
	}
	return items
}

// shown returns an item as the document shows it: long texts are cut.
func shown(t *testing.T, it item) string {
	t.Helper()
	text, err := json.MarshalIndent(readable(&types.AttributeValueMemberM{Value: it}), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(string(text))
}

func readable(value types.AttributeValue) any {
	switch v := value.(type) {
	case *types.AttributeValueMemberS:
		if len(v.Value) > 400 {
			return fmt.Sprintf("%s… (%d bytes)", v.Value[:40], len(v.Value))
		}
		return v.Value
	case *types.AttributeValueMemberN:
		return json.Number(v.Value)
	case *types.AttributeValueMemberBOOL:
		return v.Value
	case *types.AttributeValueMemberSS:
		return slices.Sorted(slices.Values(v.Value))
	case *types.AttributeValueMemberNS:
		return item{"": v}.numbers("")
	case *types.AttributeValueMemberL:
		list := make([]any, len(v.Value))
		for i, element := range v.Value {
			list[i] = readable(element)
		}
		return list
	case *types.AttributeValueMemberM:
		fields := map[string]any{}
		for name, field := range v.Value {
			fields[name] = readable(field)
		}
		return fields
	}
	return fmt.Sprintf("%T", value)
}

// example matches a place of the document that shows an item.
var example = regexp.MustCompile("(?s)`([a-z]+: [^`]+)`\n\n```json\n(.*?)\n```")

// TestFormats_are_as_documented runs the document's orders and compares every item
// shown there with the stored one. -update writes them.
func TestFormats_are_as_documented(t *testing.T) {
	t.Parallel()
	items := runOrders(t).all(t)
	doc, err := os.ReadFile(formats)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	updated := example.ReplaceAllStringFunc(string(doc), func(text string) string {
		parts := example.FindStringSubmatch(text)
		it, ok := items[parts[1]]
		if !ok {
			t.Errorf("the document shows %q, which the orders do not write: they write %q", parts[1], slices.Sorted(maps.Keys(items)))
			return text
		}
		found++
		return strings.Replace(text, parts[2], shown(t, it), 1)
	})
	if *updateGolden {
		if err := os.WriteFile(formats, []byte(updated), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if updated != string(doc) {
		equal(t, "items as documented", strings.Split(string(doc), "\n"), strings.Split(updated, "\n"))
	}
	if found < 14 {
		t.Errorf("the document shows %d items, want one of each kind at least", found)
	}
	for key, it := range items {
		for name := range it {
			if !strings.Contains(string(doc), "\n| `"+name+"` |") {
				t.Errorf("the document does not explain the attribute %s of %s", name, key)
			}
		}
	}
}

// kindOf returns the document's name for an item.
func kindOf(key string) string {
	table, name, _ := strings.Cut(key, ": ")
	if table == testNames.Coordination {
		kind, _, _ := strings.Cut(name, "#")
		return kind
	}
	partition, name, _ := strings.Cut(name, " ")
	switch {
	case table == testNames.Status:
		return "run"
	case strings.HasPrefix(partition, blueprintPrefix):
		return "blueprint"
	}
	kind, _, _ := strings.Cut(name, "#")
	return map[string]string{"node": "task", "ctx": "context key"}[kind] + map[string]string{"input": "input", "part": "part", "edges": "page"}[kind]
}

// valueRow matches a row of the table of all places that hold user values.
var valueRow = regexp.MustCompile("\n\\| ([a-z ]+) \\| `([a-zA-Z]+)` \\| ")

// TestValues_are_where_the_document_says walks all items of the orders, in which
// every user value is marked.
func TestValues_are_where_the_document_says(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile(formats)
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]bool{}
	for _, row := range valueRow.FindAllStringSubmatch(string(doc), -1) {
		documented[row[1]+"."+row[2]] = false
	}
	for key, it := range runOrders(t).all(t) {
		for name, value := range it {
			if !strings.Contains(fmt.Sprint(plain(value)), "what a user") {
				continue
			}
			place := kindOf(key) + "." + name
			if _, ok := documented[place]; !ok {
				t.Errorf("the document lists no %s, where the item %s holds a user's value", place, key)
			}
			documented[place] = true
		}
	}
	for place, seen := range documented {
		if !seen {
			t.Errorf("the document lists %s, where the orders put no value", place)
		}
	}
}
