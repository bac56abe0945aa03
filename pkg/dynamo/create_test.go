package dynamo

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// Two starts may have the same run id and the same input, and different lives: the one
// that lost must not shorten the life of the input, or of its parts.
func TestCreate_another_start_does_not_shorten_the_life_of_an_input(t *testing.T) {
	t.Parallel()
	f := setup(t)
	run := state.Run{ID: "r", Format: state.Format, Status: flow.Running, StartMessageID: "m-1", StartOwner: "me", StartedAt: now,
		Expires: now.Add(40 * 24 * time.Hour), Input: largeJSON(2 * partSize), InputHash: "ab12"}
	f.create(t, run)
	places := []place{f.items.input("r", "ab12"), f.items.part("r", hashOfText(string(run.Input)), 1)}
	before := map[place]time.Time{}
	for _, p := range places {
		before[p] = f.stored(t, p).seconds(tables.TTL)
		if before[p].IsZero() {
			t.Fatalf("%v has no ttl, or is missing", p)
		}
	}
	other := run
	other.StartMessageID, other.StartOwner, other.Expires = "m-2", "you", now.Add(20*24*time.Hour)
	fresh := New(f.client, testNames, Config{Now: func() time.Time { return now }}) // it has written no part yet
	if _, err := fresh.Create(t.Context(), other); !errors.Is(err, state.ErrConflict) {
		t.Fatalf("err = %v, want a conflict", err)
	}
	for _, p := range places {
		equal(t, "ttl of "+p.partition, f.stored(t, p).seconds(tables.TTL), before[p])
	}
	other.ID, other.Expires = "r", run.Expires.Add(time.Hour)
	if _, err := New(f.client, testNames, Config{Now: func() time.Time { return now }}).Create(t.Context(), other); !errors.Is(err, state.ErrConflict) {
		t.Fatalf("err = %v, want a conflict", err)
	}
	for _, p := range places {
		equal(t, "longer ttl of "+p.partition, f.stored(t, p).seconds(tables.TTL), before[p].Add(time.Hour))
	}
}

// inputless refuses to write an input.
type inputless struct{ API }

func (i inputless) PutItem(ctx context.Context, in *dynamodb.PutItemInput, options ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error) {
	if *in.TableName == testNames.Context {
		return nil, errNoParts
	}
	return i.API.PutItem(ctx, in, options...)
}

// A worker that dies between the two would leave a run that has lost its input.
func TestCreate_the_input_is_written_before_the_run(t *testing.T) {
	t.Parallel()
	f := setup(t)
	run := state.Run{ID: "r", Format: state.Format, Status: flow.Running, StartedAt: now, Input: []byte(`1`), InputHash: "ab12"}
	if _, err := New(inputless{f.client}, testNames, Config{Now: func() time.Time { return now }}).Create(t.Context(), run); !errors.Is(err, errNoParts) {
		t.Fatalf("err = %v, want that of the input", err)
	}
	if it := f.stored(t, f.items.run("r")); it != nil {
		t.Errorf("the run is there without its input: %v", it)
	}
}
