package decide

import (
	"encoding/json"

	"github.com/flowcraft-go/flowcraft/internal/rawjson"
)

// Result is the run's result: of one sink its output, of several an object of
// the taken ones.
func Result(v *View) (json.RawMessage, error) {
	sinks := v.graph().Sinks()
	if len(sinks) == 1 {
		output, ok := v.output(sinks[0], "")
		if !ok {
			return rawjson.Null, nil
		}
		return output, nil
	}
	taken := map[string]json.RawMessage{}
	for _, id := range sinks {
		if t, ok := v.Decider(id, ""); ok {
			taken[id] = rawjson.OrNull(t.Output)
		}
	}
	if len(taken) == 0 {
		return rawjson.Null, nil
	}
	return rawjson.Encode(taken)
}
