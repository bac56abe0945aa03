package order_test

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/examples/order"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/client"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
)

// nodes is the code behind the blueprint.
var nodes = flow.Registry{
	"order.validate": flow.Func(order.Validate),
	"order.reserve":  flow.Func(order.Reserve),
	"order.review":   flow.TaskFunc(order.Review),
	"order.release":  flow.Func(order.Release),
	"order.charge":   flow.Func(order.Charge),
	"order.email":    flow.Func(order.Email),
	"order.ship":     flow.Func(order.Ship),
}

// run runs an order under the run id o-1 and returns its report.
func run(t *testing.T, o order.Order) *flow.Report {
	t.Helper()
	data, err := os.ReadFile("../../blueprints/order.json")
	if err != nil {
		t.Fatal(err)
	}
	blueprint, err := flow.ParseBlueprint(data)
	if err != nil {
		t.Fatal(err)
	}
	store, queue := memory.NewStore(), memory.NewQueue()
	worker, err := engine.New(store, queue, nodes, engine.Config{Blueprints: []*flow.Blueprint{blueprint}, Now: queue.Now})
	if err != nil {
		t.Fatal(err)
	}
	id, err := client.New(queue, nil).Start(t.Context(), "order", o, client.WithRunID("o-1"))
	if err != nil {
		t.Fatal(err)
	}
	report, err := memory.Finish(t.Context(), store, queue, worker, id)
	if report == nil {
		t.Fatal(err)
	}
	return report // a failed run's error is in it, too
}

// attempts returns those of the nodes that ran.
func attempts(report *flow.Report) map[string]int {
	all := map[string]int{}
	for _, node := range report.Nodes {
		if node.State != flow.TaskSkipped {
			all[node.ID] = node.Attempts
		}
	}
	return all
}

func ordered(sku string, quantity, price int) order.Order {
	return order.Order{ID: "A-17", Customer: "ann@example.com", Items: []order.Item{{SKU: sku, Quantity: quantity, UnitPrice: price}}}
}

func TestOrder(t *testing.T) {
	t.Parallel()

	t.Run("a_small_order_is_charged_at_once_and_confirmed", func(t *testing.T) {
		t.Parallel()
		report := run(t, ordered("lamp", 3, 40))
		want := map[string]int{"validate": 1, "reserve": 1, "charge": 2, "email": 1, "warehouse": 1, "confirmed": 1}
		if diff := cmp.Diff(want, attempts(report)); diff != "" || report.Status != flow.Completed {
			t.Errorf("%s: %+v; attempts (-want +got):\n%s", report.Status, report.Error, diff)
		}
		var confirmed struct {
			OrderID                  string
			Total                    int
			Payment, Emailed, Parcel string
		}
		if err := json.Unmarshal(report.Outputs["confirmed"], &confirmed); err != nil {
			t.Fatal(err)
		}
		if confirmed.OrderID != "A-17" || confirmed.Total != 120 || confirmed.Emailed != "ann@example.com" ||
			!strings.HasPrefix(confirmed.Payment, "pay-") || !strings.HasPrefix(confirmed.Parcel, "parcel-") {
			t.Errorf("confirmed: %s", report.Outputs["confirmed"])
		}
		var shipped struct{ Pieces int }
		if err := json.Unmarshal(report.Outputs["warehouse"], &shipped); err != nil || shipped.Pieces != 3 {
			t.Errorf("shipped: %s, want 3 pieces", report.Outputs["warehouse"])
		}
		var result map[string]json.RawMessage // of the ends that were reached
		if err := json.Unmarshal(report.Result, &result); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"confirmed"}, slices.Collect(maps.Keys(result))); diff != "" {
			t.Errorf("result (-want +got):\n%s", diff)
		}
	})

	t.Run("a_large_order_is_reviewed_before_it_is_charged", func(t *testing.T) {
		t.Parallel()
		report := run(t, ordered("chair", 4, 250)) // the limit itself
		want := map[string]int{"validate": 1, "reserve": 1, "review": 1, "charge": 2, "email": 1, "warehouse": 1, "confirmed": 1}
		if diff := cmp.Diff(want, attempts(report)); diff != "" || report.Status != flow.Completed {
			t.Errorf("%s: %+v; attempts (-want +got):\n%s", report.Status, report.Error, diff)
		}
	})

	t.Run("a_declined_order_is_never_charged_and_its_stock_released", func(t *testing.T) {
		t.Parallel()
		report := run(t, ordered("desk", 20, 500))
		want := map[string]int{"validate": 1, "reserve": 1, "review": 1, "declined": 1}
		if diff := cmp.Diff(want, attempts(report)); diff != "" || report.Status != flow.Completed {
			t.Errorf("%s: %+v; attempts (-want +got):\n%s", report.Status, report.Error, diff)
		}
		var reserved order.Reservation
		if err := json.Unmarshal(report.Outputs["reserve"], &reserved); err != nil {
			t.Fatal(err)
		}
		if got, want := string(report.Result), `{"declined":{"released":"`+reserved.ID+`"}}`; got != want {
			t.Errorf("result = %s, want %s", got, want)
		}
	})

	for name, test := range map[string]struct {
		order      order.Order
		node, code string
	}{
		"an_order_without_items_fails":  {order.Order{ID: "A-17", Customer: "ann@example.com"}, "validate", "invalid_order"},
		"an_unknown_article_fails":      {ordered("boat", 1, 900), "reserve", "out_of_stock"},
		"an_order_beyond_stock_fails":   {ordered("lamp", 21, 40), "reserve", "out_of_stock"},
		"an_order_of_no_quantity_fails": {ordered("lamp", 0, 40), "validate", "invalid_order"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			report := run(t, test.order)
			if report.Status != flow.Failed || report.Error == nil {
				t.Fatalf("the run is %s", report.Status)
			}
			if e := report.Error; e.NodeID != test.node || e.Code != test.code || e.Attempt != 1 {
				t.Errorf("failed at %s with %s in attempt %d: want %s, %s, 1", e.NodeID, e.Code, e.Attempt, test.node, test.code)
			}
		})
	}
}
