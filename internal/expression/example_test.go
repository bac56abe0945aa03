package expression_test

import (
	"encoding/json"
	"fmt"

	"github.com/flowcraft-go/flowcraft/internal/expression"
)

// The condition and the transform of an edge.
func Example() {
	env := expression.Env{
		Result:  json.RawMessage(`{"output": {"id": 9007199254740993, "total": 120.5, "tags": ["vip"]}}`),
		Context: map[string]json.RawMessage{"limit": json.RawMessage(`100`)},
	}

	condition, err := expression.Compile(`result.output.total > limit && result.output.tags.includes('vip')`)
	if err != nil {
		fmt.Println(err)
		return
	}
	taken, err := condition.Test(env)
	fmt.Println(taken, err, condition.Refs().Names)

	transform, err := expression.Compile(`{id: result.output.id, total: Math.round(result.output.total), note: result.output.note ?? 'none'}`)
	if err != nil {
		fmt.Println(err)
		return
	}
	value, err := transform.Eval(env)
	fmt.Println(string(value), err)

	_, err = expression.Compile(`result.output.total > limit and outputs`)
	fmt.Println(err)
	// Output:
	// true <nil> [limit]
	// {"id":9007199254740993,"total":121,"note":"none"} <nil>
	// 1:29: unexpected and: write &&
}
