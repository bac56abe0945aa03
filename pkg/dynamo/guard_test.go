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
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

func TestGuard_expression(t *testing.T) {
	t.Parallel()
	yes := state.Guard{}
	tests := map[string]struct {
		guard state.Guard
		want  string // with names and values in place of their aliases
	}{
		"zero":                     {yes, ""},
		"absent":                   {state.Absent("state"), "attribute_not_exists (state)"},
		"equal text":               {state.Equal("state", flow.TaskRunning), "state = 'running'"},
		"equal number":             {state.Equal("failures", 2), "failures = 2"},
		"less":                     {state.Less("leaseUntil", 5), "leaseUntil < 5"},
		"at most":                  {state.AtMost("dueAt", 5), "dueAt <= 5"},
		"at least":                 {state.AtLeast("expiresAt", 5), "expiresAt >= 5"},
		"and":                      {state.And(state.Absent("a"), state.Absent("b")), "(attribute_not_exists (a)) AND (attribute_not_exists (b))"},
		"or":                       {state.Or(state.Absent("a"), state.Absent("b")), "(attribute_not_exists (a)) OR (attribute_not_exists (b))"},
		"and of one":               {state.And(state.Absent("a")), "attribute_not_exists (a)"},
		"and of nothing":           {state.And(), ""},
		"and leaves out the zero":  {state.And(yes, state.Absent("a"), yes), "attribute_not_exists (a)"},
		"or with the zero":         {state.Or(state.Absent("a"), yes), ""},
		"or with the zero first":   {state.Or(yes, state.Absent("a")), ""},
		"and of an or of the zero": {state.And(state.Or(yes), state.Absent("a")), "attribute_not_exists (a)"},
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
	for name, guard := range map[string]state.Guard{
		"unknown operator": {Op: "~", Attr: "a", Value: "x"},
		"value of no type": {Op: state.GuardEqual, Attr: "a", Value: 1.5},
		"value absent":     {Op: state.GuardLess, Attr: "a"},
		"or of nothing":    state.Or(),
		"deep inside":      state.And(state.Absent("a"), state.Or(state.Absent("b"), state.Guard{Op: "~"})),
	} {
		if _, err := build(guard, nil); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestGuard_holds_in_memory_and_in_DynamoDB_alike compares both evaluations for
// random guards and items, drawn from few names and values so that they meet.
func TestGuard_holds_in_memory_and_in_DynamoDB_alike(t *testing.T) {
	t.Parallel()
	f := setup(t)
	chance := rand.New(rand.NewPCG(1, 2))
	held := 0
	for n := range 300 {
		guard, it := drawGuard(chance, 3), drawItem(chance)
		p := f.items.coordination("k")
		var judged state.Attributes
		if it == nil {
			if err := f.requests.delete(t.Context(), p, state.Guard{}); err != nil {
				t.Fatal(err)
			}
		} else {
			judged = it
			it[tables.CoordinationKey] = text(p.partition)
			if err := f.requests.put(t.Context(), p.table, it, state.Guard{}); err != nil {
				t.Fatal(err)
			}
		}
		var u update
		u.set("touched", text("yes"))
		_, err := f.requests.update(t.Context(), p, guard, u, types.ReturnValueNone)
		if err != nil && !errors.Is(err, state.ErrConflict) {
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

func drawGuard(chance *rand.Rand, depth int) state.Guard {
	if depth > 0 && chance.IntN(2) == 0 {
		parts := slices.Collect(func(yield func(state.Guard) bool) {
			for range 1 + chance.IntN(3) {
				if !yield(drawGuard(chance, depth-1)) {
					return
				}
			}
		})
		if chance.IntN(2) == 0 {
			return state.And(parts...)
		}
		return state.Or(parts...)
	}
	name := drawnNames[chance.IntN(len(drawnNames))]
	limit := int64(chance.IntN(3))
	switch chance.IntN(12) {
	case 0:
		return state.Guard{}
	case 1, 2:
		return state.Absent(name)
	case 3, 4:
		return state.Equal(name, drawText(chance))
	case 5, 6:
		return state.Equal(name, limit)
	case 7, 8:
		return state.Less(name, limit)
	case 9:
		return state.AtMost(name, limit)
	}
	return state.AtLeast(name, limit)
}
