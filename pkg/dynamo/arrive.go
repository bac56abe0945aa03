package dynamo

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// Arrive implements [state.Store].
//
// Key: coordination/join#RUN#NODE[@SCOPE], or end#RUN. No condition.
// Effect: the sets grow, and first is set unless it is. Repeating it changes nothing.
func (s *Store) Arrive(ctx context.Context, arrival state.Arrival) (state.Join, error) {
	var u update
	if len(arrival.Arrived) > 0 {
		u.add(tables.Arrived, set(arrival.Arrived))
	}
	if len(arrival.Taken) > 0 {
		u.add(tables.Taken, set(arrival.Taken))
	}
	if arrival.First != "" {
		u.keep(tables.First, text(arrival.First))
	}
	if !arrival.Expires.IsZero() {
		u.set(tables.TTL, seconds(arrival.Expires))
	}
	p := s.coordinationPlace(joinKey(arrival.RunID, arrival.Join))
	after, err := s.update(ctx, p, state.Guard{}, u, types.ReturnValueAllNew)
	if err != nil {
		return state.Join{}, fmt.Errorf("arrive at %s: %w", where(arrival.RunID, arrival.Join), err)
	}
	return joinOf(after), nil
}
