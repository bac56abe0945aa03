package decide

import (
	"encoding/json"

	"github.com/flowcraft-go/flowcraft/internal/rawjson"
)

// Result returns the run's result: the output of its only sink, or with several sinks an
// object of the outputs of the taken ones.
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
