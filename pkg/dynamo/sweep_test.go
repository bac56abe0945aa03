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
)

// narrow gives pages of two items, and keeps what was asked.
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

// shards are the shards asked for, each once, in order.
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
	want := map[string]flow.RunRef{}
	for n := range 45 {
		run := flow.Run{ID: fmt.Sprint("run-", n), Status: flow.Running, LastUpdated: now.Add(-time.Duration(n) * time.Second), Active: flow.Shard(fmt.Sprint("run-", n))}
		f.create(t, run)
		want[run.ID] = flow.RunRef{RunID: run.ID, LastUpdated: run.LastUpdated}
	}
	api := &narrow{API: f.client}
	store := New(api, testNames, Config{Jitter: func() float64 { return 0.99 }})
	got := map[string]flow.RunRef{}
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
	if len(requests) <= 2*flow.Shards {
		t.Errorf("%d queries: the pages were not tested", len(requests))
	}
	equal(t, "shards", api.shards(), []string{"7", "0", "1", "2", "3", "4", "5", "6"})
	equal(t, "index", *api.queries[0].IndexName, tables.ActiveIndex)
}

func TestDue_reads_all_pages_of_all_shards(t *testing.T) {
	t.Parallel()
	f := setup(t)
	want := map[string]flow.Timer{}
	for n := range 45 {
		timer := flow.Timer{RunID: fmt.Sprint("run-", n), TaskKey: flow.TaskKey{Node: "n"}, Attempt: n, DueAt: now.Add(time.Duration(n) * time.Second), Body: "{}"}
		f.commit(t, flow.Transition{Timer: &timer})
		want[timer.RunID] = timer
	}
	api := &narrow{API: f.client}
	store := New(api, testNames, Config{Jitter: func() float64 { return 0 }})
	got := map[string]flow.Timer{}
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
	finished.Active = ""
	f.create(t, finished)
	f.create(t, flow.Run{ID: "fresh", Status: flow.Running, LastUpdated: now, Active: flow.Shard("fresh")})
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
		equal(t, name+": requests", requests, slices.Repeat([]string{"Query"}, flow.Shards))
		if most := float64(flow.Shards) / 2; capacity > most {
			t.Errorf("%s: %v read units, want %v at most: it is eventually consistent", name, capacity, most)
		}
	}
}

func TestSweep_left_early_asks_no_more(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for n := range 3 {
		f.create(t, flow.Run{ID: fmt.Sprint("run-", n), Status: flow.Running, LastUpdated: now, Active: "0"})
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
	if len(errs) != 2 {
		t.Fatalf("errors = %v, want one a list", errs)
	}
	for i, index := range []string{tables.ActiveIndex, tables.DueIndex} {
		_, missing := errors.AsType[*types.ResourceNotFoundException](errs[i])
		if !missing || !strings.Contains(errs[i].Error(), "query index "+index+" of table nowhere") {
			t.Errorf("error = %v, want the missing table, with index %s", errs[i], index)
		}
	}
}
