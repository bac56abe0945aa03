package dynamo

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

func TestGuard_expression(t *testing.T) {
	t.Parallel()
	yes := flow.Guard{}
	tests := map[string]struct {
		guard flow.Guard
		want  string // with names and values in place of their aliases
	}{
		"zero":                     {yes, ""},
		"absent":                   {flow.Absent("state"), "attribute_not_exists (state)"},
		"equal text":               {flow.Equal("state", flow.TaskRunning), "state = 'running'"},
		"equal number":             {flow.Equal("failures", 2), "failures = 2"},
		"less":                     {flow.Less("leaseUntil", 5), "leaseUntil < 5"},
		"at most":                  {flow.AtMost("dueAt", 5), "dueAt <= 5"},
		"at least":                 {flow.AtLeast("expiresAt", 5), "expiresAt >= 5"},
		"and":                      {flow.And(flow.Absent("a"), flow.Absent("b")), "(attribute_not_exists (a)) AND (attribute_not_exists (b))"},
		"or":                       {flow.Or(flow.Absent("a"), flow.Absent("b")), "(attribute_not_exists (a)) OR (attribute_not_exists (b))"},
		"and of one":               {flow.And(flow.Absent("a")), "attribute_not_exists (a)"},
		"and of nothing":           {flow.And(), ""},
		"and leaves out the zero":  {flow.And(yes, flow.Absent("a"), yes), "attribute_not_exists (a)"},
		"or with the zero":         {flow.Or(flow.Absent("a"), yes), ""},
		"or with the zero first":   {flow.Or(yes, flow.Absent("a")), ""},
		"and of an or of the zero": {flow.And(flow.Or(yes), flow.Absent("a")), "attribute_not_exists (a)"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			expr, err := build(test.guard, nil)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if expr.Condition() != nil {
				got = *expr.Condition()
			}
			for alias, name := range expr.Names() {
				got = strings.ReplaceAll(got, alias, name)
			}
			for alias, value := range expr.Values() {
				switch v := value.(type) {
				case *types.AttributeValueMemberS:
					got = strings.ReplaceAll(got, alias, "'"+v.Value+"'")
				case *types.AttributeValueMemberN:
					got = strings.ReplaceAll(got, alias, v.Value)
				}
			}
			if got != test.want {
				t.Errorf("condition = %q, want %q", got, test.want)
			}
		})
	}
}

func TestGuard_that_makes_no_sense_is_an_error(t *testing.T) {
	t.Parallel()
	for name, guard := range map[string]flow.Guard{
		"unknown operator": {Op: "~", Attr: "a", Value: "x"},
		"value of no type": {Op: flow.GuardEqual, Attr: "a", Value: 1.5},
		"value absent":     {Op: flow.GuardLess, Attr: "a"},
		"or of nothing":    flow.Or(),
		"deep inside":      flow.And(flow.Absent("a"), flow.Or(flow.Absent("b"), flow.Guard{Op: "~"})),
	} {
		if _, err := build(guard, nil); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestGuard_holds_in_memory_and_in_DynamoDB_alike lets both judge guards and
// items drawn by chance, from few names and values so that they meet.
func TestGuard_holds_in_memory_and_in_DynamoDB_alike(t *testing.T) {
	t.Parallel()
	f := setup(t)
	chance := rand.New(rand.NewPCG(1, 2))
	held := 0
	for n := range 300 {
		guard, it := drawGuard(chance, 3), drawItem(chance)
		p := f.coordinationPlace("k")
		var judged flow.Attributes
		if it == nil {
			if err := f.delete(t.Context(), p, flow.Guard{}); err != nil {
				t.Fatal(err)
			}
		} else {
			judged = attributes(it)
			it[tables.CoordinationKey] = text(p.partition)
			if err := f.Store.put(t.Context(), p.table, it, flow.Guard{}); err != nil {
				t.Fatal(err)
			}
		}
		var u update
		u.set("touched", text("yes"))
		_, err := f.update(t.Context(), p, guard, u, types.ReturnValueNone)
		if err != nil && !errors.Is(err, flow.ErrConflict) {
			t.Fatal(err)
		}
		want := guard.Holds(judged)
		if got := err == nil; got != want {
			t.Fatalf("%d: guard %+v on %v: DynamoDB says %v, memory %v", n, guard, it, got, want)
		}
		if want {
			held++
		}
	}
	if held < 50 || held > 250 {
		t.Errorf("%d of 300 guards held: too few of one kind to compare", held)
	}
}

var drawnNames = []string{"state", "owner", "leaseUntil", "failures"}

func drawItem(chance *rand.Rand) item {
	if chance.IntN(5) == 0 {
		return nil
	}
	it := item{}
	for _, name := range drawnNames {
		switch chance.IntN(3) {
		case 0:
			it[name] = text(drawText(chance))
		case 1:
			it[name] = number(int64(chance.IntN(3)))
		}
	}
	return it
}

func drawText(chance *rand.Rand) string { return []string{"a", "b"}[chance.IntN(2)] }

func drawGuard(chance *rand.Rand, depth int) flow.Guard {
	if depth > 0 && chance.IntN(2) == 0 {
		parts := slices.Collect(func(yield func(flow.Guard) bool) {
			for range 1 + chance.IntN(3) {
				if !yield(drawGuard(chance, depth-1)) {
					return
				}
			}
		})
		if chance.IntN(2) == 0 {
			return flow.And(parts...)
		}
		return flow.Or(parts...)
	}
	name := drawnNames[chance.IntN(len(drawnNames))]
	limit := int64(chance.IntN(3))
	switch chance.IntN(12) {
	case 0:
		return flow.Guard{}
	case 1, 2:
		return flow.Absent(name)
	case 3, 4:
		return flow.Equal(name, drawText(chance))
	case 5, 6:
		return flow.Equal(name, limit)
	case 7, 8:
		return flow.Less(name, limit)
	case 9:
		return flow.AtMost(name, limit)
	}
	return flow.AtLeast(name, limit)
}
