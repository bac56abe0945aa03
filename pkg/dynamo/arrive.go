package dynamo

import (
	"context"
	"fmt"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// Arrive implements [state.Store].
//
// Key: coordination/join#RUN#NODE[@SCOPE][#SHARD], or end#RUN[#SHARD]. Condition:
// the guard. Effect: the sets grow, and first is set if it was not. Conflict: an
// expired set is deleted, and the arrival repeated. A refused write is repeated until
// the context's deadline, if it has one.
func (s *Store) Arrive(ctx context.Context, arrival state.Arrival) (state.Join, error) {
	ctx = patient(ctx)
	p := s.items.join(arrival.RunID, arrival.Join)
	after, err := s.requests.replace(ctx, p, arrival.Guard, arriveUpdate(arrival), arrival.Now)
	if err != nil {
		return state.Join{}, fmt.Errorf("arrive at %s: %w", where(arrival.RunID, arrival.Join.TaskKey), err)
	}
	if err := wellFormed(after); err != nil {
		return state.Join{}, err
	}
	return joinOf(after), nil
}
