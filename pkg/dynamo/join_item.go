package dynamo

import (
	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

func joinOf(it item) state.Join {
	return state.Join{
		Arrived:   it.numbers(tables.Arrived),
		Taken:     it.numbers(tables.Taken),
		First:     it.text(tables.First),
		Full:      it.numbers(tables.Full),
		FullTaken: it.numbers(tables.FullTaken),
		Expires:   it.seconds(tables.TTL),
	}
}

// arriveUpdate returns the update of [state.Arrival.Apply].
func arriveUpdate(a state.Arrival) update {
	var u update
	u.addAll(tables.Arrived, a.Arrived)
	u.addAll(tables.Taken, a.Taken)
	u.addAll(tables.Full, a.Full)
	u.addAll(tables.FullTaken, a.FullTaken)
	if a.First != "" {
		u.keep(tables.First, text(a.First))
	}
	if !a.Expires.IsZero() {
		u.set(tables.TTL, seconds(a.Expires))
	}
	return u
}
