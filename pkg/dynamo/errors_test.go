package dynamo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

func TestTranslate(t *testing.T) {
	t.Parallel()
	stored := map[string]types.AttributeValue{"owner": text("you")}
	reasons := func(codes ...string) error {
		cancelled := &types.TransactionCanceledException{}
		for _, code := range codes {
			reason := types.CancellationReason{Code: &code}
			if code == "ConditionalCheckFailed" {
				reason.Item = stored
			}
			cancelled.CancellationReasons = append(cancelled.CancellationReasons, reason)
		}
		return cancelled
	}
	const conflict, again, plain = "conflict", "again", "plain"
	tests := map[string]struct {
		err  error
		want string
	}{
		"condition failed":                         {&types.ConditionalCheckFailedException{Item: stored}, conflict},
		"transaction: condition failed":            {reasons("ConditionalCheckFailed", "None"), conflict},
		"transaction: condition failed, not first": {reasons("None", "ConditionalCheckFailed"), conflict},
		"transaction: condition and conflict":      {reasons("TransactionConflict", "ConditionalCheckFailed"), conflict},
		"transaction: condition and throttled":     {reasons("ConditionalCheckFailed", "ThrottlingError"), conflict},
		"transaction: conflict":                    {reasons("None", "TransactionConflict"), again},
		"transaction: throttled":                   {reasons("ThrottlingError"), again},
		"transaction: throughput":                  {reasons("ProvisionedThroughputExceeded", "None"), again},
		"transaction: limit":                       {reasons("RequestLimitExceeded"), again},
		"transaction: invalid":                     {reasons("ValidationError"), plain},
		"transaction: collection too large":        {reasons("ItemCollectionSizeLimitExceeded"), plain},
		"transaction: no reason":                   {reasons(), plain},
		"transaction: reason without code":         {&types.TransactionCanceledException{CancellationReasons: []types.CancellationReason{{}}}, plain},
		"an answer that breaks off":                {&smithy.DeserializationError{Err: io.ErrUnexpectedEOF}, again},
		"transaction in progress":                  {&types.TransactionInProgressException{}, again},
		"conflict with a transaction":              {&types.TransactionConflictException{}, again},
		"conflict between regions":                 {&types.ReplicatedWriteConflictException{}, again},
		"throttled":                                {&types.ThrottlingException{}, plain},
		"throughput":                               {&types.ProvisionedThroughputExceededException{}, plain},
		"no table":                                 {&types.ResourceNotFoundException{}, plain},
		"token of another transaction":             {&types.IdempotentParameterMismatchException{}, plain},
		"deadline":                                 {context.DeadlineExceeded, plain},
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
		if err := store.requests.repeat(t.Context(), func() error { return context.DeadlineExceeded }); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("err = %v", err)
		}
		equal(t, "pauses", len(*pauses), 0)
	})
}
