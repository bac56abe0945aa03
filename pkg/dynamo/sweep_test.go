package dynamo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// narrow returns pages of two items, and records the requests.
type narrow struct {
	API
	queries []*dynamodb.QueryInput
}

func (n *narrow) Query(ctx context.Context, in *dynamodb.QueryInput, options ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error) {
	copied := *in
	n.queries = append(n.queries, &copied)
	in.Limit = new(int32(2))
	return n.API.Query(ctx, in, options...)
}

// shards returns the shards of the requests, each once, in order.
func (n *narrow) shards() (shards []string) {
	for _, query := range n.queries {
		for _, value := range query.ExpressionAttributeValues {
			if shard, ok := value.(*types.AttributeValueMemberS); ok {
				shards = append(shards, shard.Value)
			}
		}
	}
	return slices.Compact(shards)
}

func TestStalled_reads_all_pages_of_all_shards(t *testing.T) {
	t.Parallel()
	f := setup(t)
	want := map[string]state.RunRef{}
	for n := range 90 {
		run := state.Run{ID: fmt.Sprint("run-", n), Status: flow.Running, LastUpdated: now.Add(-time.Duration(n) * time.Second), Active: true}
		f.create(t, run)
		want[run.ID] = state.RunRef{RunID: run.ID, LastUpdated: run.LastUpdated}
	}
	api := &narrow{API: f.client}
	store := New(api, testNames, Config{Jitter: func() float64 { return 0.99 }})
	got := map[string]state.RunRef{}
	requests, _ := f.wire.during(func() {
		for ref, err := range store.Stalled(t.Context(), now.Add(time.Hour)) {
			if err != nil {
				t.Fatal(err)
			}
			got[ref.RunID] = ref
		}
	})
	equal(t, "runs", got, want)
	equal(t, "kinds of requests", slices.Compact(requests), []string{"Query"})
	if len(requests) <= 2*activeShards {
		t.Errorf("%d queries: the pages were not tested", len(requests))
	}
	equal(t, "shards", api.shards(), []string{"15", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14"})
	equal(t, "index", *api.queries[0].IndexName, tables.ActiveIndex)
}

func TestDue_reads_all_pages_of_all_shards(t *testing.T) {
	t.Parallel()
	f := setup(t)
	want := map[string]state.Timer{}
	for n := range 90 {
		timer := state.Timer{RunID: fmt.Sprint("run-", n), TaskKey: state.TaskKey{Node: "n"}, Attempt: n, DueAt: now.Add(time.Duration(n) * time.Second), Body: "{}"}
		f.commit(t, state.Transition{Timer: &timer})
		want[timer.RunID] = timer
	}
	api := &narrow{API: f.client}
	store := New(api, testNames, Config{Jitter: func() float64 { return 0 }})
	got := map[string]state.Timer{}
	for timer, err := range store.Due(t.Context(), now.Add(time.Hour)) {
		if err != nil {
			t.Fatal(err)
		}
		got[timer.RunID] = timer
	}
	equal(t, "timers", got, want)
	equal(t, "shards", api.shards(), []string{"0", "1", "2", "3", "4", "5", "6", "7"})
	equal(t, "index", *api.queries[0].IndexName, tables.DueIndex)
}

func TestSweep_of_nothing_costs_a_query_a_shard(t *testing.T) {
	t.Parallel()
	f := setup(t)
	finished := fullRun()
	finished.Active = false
	f.create(t, finished)
	f.create(t, state.Run{ID: "fresh", Status: flow.Running, LastUpdated: now, Active: true})
	for name, list := range map[string]func(){
		"Stalled": func() {
			for ref, err := range f.Stalled(t.Context(), now) {
				t.Errorf("Stalled yields %v, %v", ref, err)
			}
		},
		"Due": func() {
			for timer, err := range f.Due(t.Context(), now) {
				t.Errorf("Due yields %v, %v", timer, err)
			}
		},
	} {
		requests, capacity := f.wire.during(list)
		shards := map[string]int{"Stalled": activeShards, "Due": dueShards}[name]
		equal(t, name+": requests", requests, slices.Repeat([]string{"Query"}, shards))
		if most := float64(shards) / 2; capacity > most {
			t.Errorf("%s: %v read units, want %v at most: it is eventually consistent", name, capacity, most)
		}
	}
}

func TestOldest_reads_one_item_of_each_shard(t *testing.T) {
	t.Parallel()
	f := setup(t)
	read := func(want time.Time, most int) {
		t.Helper()
		requests, capacity := f.wire.during(func() {
			if got, err := f.Oldest(t.Context()); err != nil || !got.Equal(want) {
				t.Errorf("Oldest = %v, %v, want %v", got, err, want)
			}
		})
		equal(t, "kinds of requests", slices.Compact(requests), []string{"Query"})
		if len(requests) > most || capacity > float64(most)/2 {
			t.Errorf("%d requests with %v read units, want %d at most, eventually consistent", len(requests), capacity, most)
		}
	}
	read(time.Time{}, activeShards)
	for n := range 90 {
		f.create(t, state.Run{ID: fmt.Sprint("run-", n), Status: flow.Running, LastUpdated: now.Add(-time.Duration(n) * time.Second), Active: true})
	}
	// A query of an item that is there says that there may be more; nobody asks.
	read(now.Add(-89*time.Second), activeShards)
	expired := 0 // of the oldest one's shard: its page is empty
	for n := 0; expired < 2; n++ {
		if id := fmt.Sprint("expired-", n); shard(id, activeShards) == shard("run-89", activeShards) {
			f.create(t, state.Run{ID: id, Status: flow.Running, LastUpdated: now.Add(-time.Hour), Expires: now.Add(-time.Minute), Active: true})
			expired++
		}
	}
	read(now.Add(-89*time.Second), activeShards+2)
}

func TestSweep_left_early_asks_no_more(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for n := 0; ; n++ { // until one is in the first shard
		id := fmt.Sprint("run-", n)
		f.create(t, state.Run{ID: id, Status: flow.Running, LastUpdated: now, Active: true})
		if shard(id, activeShards) == "0" {
			break
		}
	}
	store := New(&narrow{API: f.client}, testNames, Config{Jitter: func() float64 { return 0 }})
	requests, _ := f.wire.during(func() {
		for range store.Stalled(t.Context(), now.Add(time.Hour)) {
			break
		}
	})
	equal(t, "requests", requests, []string{"Query"})
}

func TestSweep_error_names_index_and_table(t *testing.T) {
	t.Parallel()
	f := setup(t)
	store := New(f.client, Names{Status: "nowhere", Coordination: "nowhere", Context: "nowhere"}, Config{})
	var errs []error
	for _, err := range store.Stalled(t.Context(), now) {
		errs = append(errs, err)
	}
	for _, err := range store.Due(t.Context(), now) {
		errs = append(errs, err)
	}
	_, err := store.Oldest(t.Context())
	errs = append(errs, err)
	if len(errs) != 3 {
		t.Fatalf("errors = %v, want one a list, and one of the oldest run", errs)
	}
	for i, index := range []string{tables.ActiveIndex, tables.DueIndex, tables.ActiveIndex} {
		_, missing := errors.AsType[*types.ResourceNotFoundException](errs[i])
		if !missing || !strings.Contains(errs[i].Error(), "query index "+index+" of table nowhere") {
			t.Errorf("error = %v, want the missing table, with index %s", errs[i], index)
		}
	}
}
