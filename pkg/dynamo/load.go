package dynamo

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// Load implements [state.Store]: one request for every hundred items, one more for a run's
// input whose name is not known, and one more for the parts of large values if there are
// any, after their sizes were summed.
func (s *Store) Load(ctx context.Context, read state.ReadSet) (state.Snapshot, error) {
	snapshot, err := s.load(ctx, read)
	return snapshot, wrap(err, "load run %s", read.RunID)
}

func (s *Store) load(ctx context.Context, read state.ReadSet) (state.Snapshot, error) {
	r := readingOf(read)
	found, err := s.requests.getEach(ctx, placesOf(s.items.layout, read), r)
	if err != nil {
		return state.Snapshot{}, err
	}
	if namesInput(read) {
		read.InputHash = runOf(found[s.items.run(read.RunID)]).InputName()
		input, err := s.requests.getEach(ctx, []place{s.items.input(read.RunID, read.InputHash)}, r)
		if err != nil {
			return state.Snapshot{}, err
		}
		maps.Copy(found, input)
	}
	if err := s.values.resolve(ctx, r, slices.Collect(maps.Values(found))...); err != nil {
		return state.Snapshot{}, err
	}
	snapshot, err := snapshotOf(s.items.layout, read, found)
	if r.empty() {
		snapshot.Strip()
	}
	return snapshot, cmp.Or(err, r.check())
}

// placesOf returns the places of the items that a read set names.
func placesOf(l layout, read state.ReadSet) []place {
	var places []place
	if read.Run || namesInput(read) {
		places = append(places, l.run(read.RunID))
	}
	if read.Input && !namesInput(read) {
		places = append(places, l.input(read.RunID, read.InputHash))
	}
	for _, task := range read.Tasks {
		places = append(places, l.task(read.RunID, task))
	}
	for _, join := range read.Joins {
		places = append(places, l.join(read.RunID, join))
	}
	for _, name := range read.Keys {
		places = append(places, l.value(read.RunID, name))
	}
	if read.Blueprint != (state.BlueprintKey{}) {
		places = append(places, l.blueprint(read.Blueprint))
	}
	return places
}

// namesInput reports whether the input's place is named by a run that must be read first.
func namesInput(read state.ReadSet) bool { return read.Input && read.InputHash == "" }

func snapshotOf(l layout, read state.ReadSet, found map[place]item) (state.Snapshot, error) {
	snapshot := state.Snapshot{
		Tasks:  make(map[state.TaskKey]state.TaskRecord),
		Joins:  make(map[state.JoinKey]state.Join),
		Values: make(map[string]state.ContextValue),
	}
	if it, ok := found[l.run(read.RunID)]; ok && read.Run {
		snapshot.Run = new(runOf(it))
	}
	if read.Input {
		snapshot.Input = found[l.input(read.RunID, read.InputHash)].value(tables.Value)
	}
	for _, task := range read.Tasks {
		if it, ok := found[l.task(read.RunID, task)]; ok {
			record, err := taskOf(it)
			if err != nil {
				return state.Snapshot{}, err
			}
			snapshot.Tasks[task] = record
		}
	}
	for _, join := range read.Joins {
		if it, ok := found[l.join(read.RunID, join)]; ok {
			snapshot.Joins[join] = joinOf(it)
		}
	}
	for _, name := range read.Keys {
		if it, ok := found[l.value(read.RunID, name)]; ok {
			snapshot.Values[name] = valueOf(it)
		}
	}
	snapshot.Blueprint = found[l.blueprint(read.Blueprint)].value(tables.Body)
	return snapshot, nil
}
