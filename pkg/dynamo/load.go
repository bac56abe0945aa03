package dynamo

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// Load implements [state.Store]: one request for every hundred items, and one
// more for the parts of large values where there are any.
func (s *Store) Load(ctx context.Context, read state.ReadSet) (state.Snapshot, error) {
	found, err := s.get(ctx, s.placesOf(read))
	if err != nil {
		return state.Snapshot{}, fmt.Errorf("load run %s: %w", read.RunID, err)
	}
	if err := s.resolve(ctx, slices.Collect(maps.Values(found))...); err != nil {
		return state.Snapshot{}, fmt.Errorf("load run %s: %w", read.RunID, err)
	}
	return s.snapshot(read, found), nil
}

func (s *Store) placesOf(read state.ReadSet) []place {
	var places []place
	if read.Run {
		places = append(places, s.runPlace(read.RunID))
	}
	if read.Input {
		places = append(places, s.contextPlace(read.RunID, inputKey))
	}
	for _, task := range read.Tasks {
		places = append(places, s.contextPlace(read.RunID, nodeKey(task)))
	}
	for _, join := range read.Joins {
		places = append(places, s.coordinationPlace(joinKey(read.RunID, join)))
	}
	for _, name := range read.Keys {
		places = append(places, s.contextPlace(read.RunID, contextKey(name)))
	}
	if read.Blueprint != "" {
		places = append(places, s.contextPlace(blueprintPartition(read.Blueprint), bodyKey))
	}
	return places
}

func (s *Store) snapshot(read state.ReadSet, found map[place]item) state.Snapshot {
	snapshot := state.Snapshot{
		Tasks:  make(map[state.TaskKey]state.TaskRecord),
		Joins:  make(map[state.TaskKey]state.Join),
		Values: make(map[string]state.ContextValue),
	}
	if it, ok := found[s.runPlace(read.RunID)]; ok {
		snapshot.Run = new(runOf(it))
	}
	snapshot.Input = found[s.contextPlace(read.RunID, inputKey)].json(tables.Value)
	for _, task := range read.Tasks {
		if it, ok := found[s.contextPlace(read.RunID, nodeKey(task))]; ok {
			snapshot.Tasks[task] = taskOf(it)
		}
	}
	for _, join := range read.Joins {
		if it, ok := found[s.coordinationPlace(joinKey(read.RunID, join))]; ok {
			snapshot.Joins[join] = joinOf(it)
		}
	}
	for _, name := range read.Keys {
		if it, ok := found[s.contextPlace(read.RunID, contextKey(name))]; ok {
			snapshot.Values[name] = valueOf(it)
		}
	}
	if it, ok := found[s.contextPlace(blueprintPartition(read.Blueprint), bodyKey)]; ok {
		snapshot.Blueprint = it.json(tables.Body)
	}
	return snapshot
}
