package dynamo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// A request that is given up says which limit of which table or index was reached.
func TestThrottledRequestSaysWhichLimit(t *testing.T) {
	t.Parallel()
	const index = "arn:aws:dynamodb:eu-central-1:123456789012:table/status/index/active"
	reasons := []types.ThrottlingReason{{Reason: new("IndexWriteKeyRangeThroughputExceeded"), Resource: new(index)}}
	const want = "throttled by IndexWriteKeyRangeThroughputExceeded of " + index
	for name, err := range map[string]error{
		"throughput": &types.ProvisionedThroughputExceededException{ThrottlingReasons: reasons},
		"throttling": &types.ThrottlingException{ThrottlingReasons: reasons},
		"limit":      &types.RequestLimitExceeded{ThrottlingReasons: reasons},
	} {
		r := &requests{config: Config{Now: time.Now, Sleep: func(context.Context, time.Duration) error { return nil }, Jitter: func() float64 { return 0 }}}
		got := r.repeat(t.Context(), func() error { return fmt.Errorf("operation error: %w", err) })
		if got == nil || !strings.Contains(got.Error(), "gave up after 8 tries") || !strings.HasSuffix(got.Error(), want) || !errors.Is(got, err) {
			t.Errorf("%s: %v, want %q at its end", name, got, want)
		}
	}
	if got := translate(&types.ThrottlingException{}).Error(); strings.Contains(got, "throttled by") {
		t.Errorf("without reasons: %q", got)
	}
}

func TestTranslate(t *testing.T) {
	t.Parallel()
	stored := map[string]types.AttributeValue{"owner": text("you")}
	const conflict, again, plain = "conflict", "again", "plain"
	tests := map[string]struct {
		err  error
		want string
	}{
		"condition failed":            {&types.ConditionalCheckFailedException{Item: stored}, conflict},
		"an answer that breaks off":   {&smithy.DeserializationError{Err: io.ErrUnexpectedEOF}, again},
		"conflict with a transaction": {&types.TransactionConflictException{}, again},
		"conflict between regions":    {&types.ReplicatedWriteConflictException{}, again},
		"throttled":                   {&types.ThrottlingException{}, again},
		"throughput":                  {&types.ProvisionedThroughputExceededException{}, again},
		"no table":                    {&types.ResourceNotFoundException{}, plain},
		"no answer in time":           {context.DeadlineExceeded, again},
		"server error":                {&types.InternalServerError{}, again},
		"no permission":               {&smithy.GenericAPIError{Code: "AccessDeniedException"}, plain},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := translate(fmt.Errorf("operation error: %w", test.err))
			kind := plain
			if c, ok := errors.AsType[*conflictError](got); ok {
				kind = conflict
				equal(t, "stored owner", c.stored.text("owner"), "you")
			} else if _, ok := errors.AsType[*againError](got); ok {
				kind = again
			}
			if kind != test.want {
				t.Errorf("translated to %s (%v), want %s", kind, got, test.want)
			}
			if errors.Is(got, state.ErrConflict) != (test.want == conflict) {
				t.Errorf("Is(ErrConflict) = %v", errors.Is(got, state.ErrConflict))
			}
			if errors.Is(got, flow.ErrNotFound) {
				t.Error("Is(ErrNotFound): that is for runs")
			}
			if test.want == plain && !errors.Is(got, test.err) {
				t.Errorf("%v does not wrap the cause", got)
			}
		})
	}
	if got := translate(nil); got != nil {
		t.Errorf("no error is translated to %v", got)
	}
}

func TestWrite(t *testing.T) {
	t.Parallel()
	busy := &types.TransactionConflictException{}
	setup := func(jitter float64) (*Store, *[]time.Duration) {
		pauses := new([]time.Duration)
		return New(nil, testNames, Config{
			Jitter: func() float64 { return jitter },
			Sleep: func(_ context.Context, d time.Duration) error {
				*pauses = append(*pauses, d)
				return nil
			},
		}), pauses
	}
	t.Run("tries again after longer and longer pauses", func(t *testing.T) {
		t.Parallel()
		store, pauses := setup(0)
		calls := 0
		err := store.requests.repeat(t.Context(), func() error {
			if calls++; calls < 4 {
				return busy
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "pauses", *pauses, []time.Duration{10 * time.Millisecond, 20 * time.Millisecond, 40 * time.Millisecond})
	})
	t.Run("gives up", func(t *testing.T) {
		t.Parallel()
		store, pauses := setup(1)
		err := store.requests.repeat(t.Context(), func() error { return busy })
		if !errors.Is(err, busy) || errors.Is(err, state.ErrConflict) {
			t.Errorf("err = %v, want the cause and no conflict", err)
		}
		equal(t, "pauses", len(*pauses), tries-1)
		equal(t, "last pause", (*pauses)[tries-2], maxPause)
	})
	t.Run("gives up when the tries have taken too long", func(t *testing.T) {
		t.Parallel()
		at, calls := now, 0
		store := New(nil, testNames, Config{Now: func() time.Time { return at }, Sleep: func(context.Context, time.Duration) error { return nil }})
		err := store.requests.repeat(t.Context(), func() error { calls++; at = at.Add(6 * time.Second); return busy })
		if !errors.Is(err, busy) || calls != 2 {
			t.Errorf("%d calls, err = %v, want 2: nobody has answered for 12 seconds", calls, err)
		}
	})
	t.Run("stops with the context", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		store := New(nil, testNames, Config{})
		err := store.requests.repeat(ctx, func() error { return busy })
		if !errors.Is(err, context.Canceled) || !errors.Is(err, busy) {
			t.Errorf("err = %v, want both causes", err)
		}
	})
	t.Run("other errors are returned at once", func(t *testing.T) {
		t.Parallel()
		store, pauses := setup(0)
		if err := store.requests.repeat(t.Context(), func() error { return errRefused }); !errors.Is(err, errRefused) {
			t.Errorf("err = %v", err)
		}
		equal(t, "pauses", len(*pauses), 0)
	})
	t.Run("what records finished work goes on until the context ends", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		calls := 0
		store := New(nil, testNames, Config{Sleep: func(ctx context.Context, _ time.Duration) error {
			if calls == 100 {
				cancel()
			}
			return ctx.Err()
		}})
		err := store.requests.repeat(patient(ctx), func() error { calls++; return busy })
		if !errors.Is(err, busy) || !errors.Is(err, context.Canceled) || calls != 100 {
			t.Errorf("%d calls, err = %v, want 100 and both causes", calls, err)
		}
	})
	t.Run("without a deadline nothing is patient", func(t *testing.T) {
		t.Parallel()
		store, pauses := setup(0)
		if err := store.requests.repeat(patient(t.Context()), func() error { return busy }); !errors.Is(err, busy) {
			t.Errorf("err = %v", err)
		}
		equal(t, "pauses", len(*pauses), tries-1)
	})
	t.Run("a commit and an arrival are patient, a claim and a load are not", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		for name, want := range map[string]bool{"commit": true, "finish": true, "arrive": true, "touch": false, "claim": false, "load": false} {
			calls := 0
			store := New(&throttling{calls: &calls}, testNames, Config{Sleep: func(ctx context.Context, _ time.Duration) error {
				if calls > 3*tries {
					return context.DeadlineExceeded
				}
				return nil
			}})
			var err error
			switch name {
			case "commit":
				_, err = store.Commit(ctx, state.Transition{Task: &state.TaskRecord{RunID: "r"}})
			case "finish":
				_, err = store.Commit(ctx, state.Transition{Run: &state.RunChange{RunID: "r", Finish: &state.Finish{}}})
			case "touch":
				_, err = store.Commit(ctx, state.Transition{Run: &state.RunChange{RunID: "r"}})
			case "arrive":
				_, err = store.Arrive(ctx, state.Arrival{RunID: "r", Arrived: []int{1}})
			case "claim":
				_, err = store.Claim(ctx, state.Claim{RunID: "r"})
			case "load":
				_, err = store.Load(ctx, state.ReadSet{RunID: "r", Run: true})
			}
			if got := calls > tries; got != want || err == nil {
				t.Errorf("%s: %d requests, %v", name, calls, err)
			}
		}
	})
}

var errRefused = errors.New("refused")

// throttling is a DynamoDB that throttles everything.
type throttling struct {
	API
	calls *int
}

func (r *throttling) PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error) {
	*r.calls++
	return nil, &types.ThrottlingException{}
}

func (r *throttling) UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	*r.calls++
	return nil, &types.ThrottlingException{}
}

func (r *throttling) BatchGetItem(context.Context, *dynamodb.BatchGetItemInput, ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error) {
	*r.calls++
	return nil, &types.ThrottlingException{}
}
