package lambdaflow_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
	"github.com/flowcraft-go/flowcraft/pkg/lambdaflow"
	"github.com/flowcraft-go/flowcraft/pkg/lambdaflow/metrics"
	"github.com/flowcraft-go/flowcraft/pkg/sqsqueue"
)

// now has a fraction of a second, as real times have.
var now = time.Date(2026, 11, 23, 12, 0, 0, 500, time.UTC)

// bundle is a handler with a stubbed engine, whose returns are recorded.
type bundle struct {
	*lambdaflow.WorkerHandler
	handle  func(context.Context, state.Message) error
	queue   func(context.Context) error
	config  lambdaflow.Config
	logs    bytes.Buffer
	mu      sync.Mutex
	handled []state.Message
	returns []sqsqueue.Return
	delete  func(receiptHandles []string) error
}

func (b *bundle) Delete(_ context.Context, receiptHandles ...string) error {
	if b.delete == nil {
		return nil
	}
	return b.delete(receiptHandles)
}

func (b *bundle) Handle(ctx context.Context, m state.Message) error {
	b.mu.Lock()
	b.handled = append(b.handled, m)
	b.mu.Unlock()
	return b.handle(ctx, m)
}

func (b *bundle) Return(ctx context.Context, returns ...sqsqueue.Return) error {
	b.returns = append(b.returns, returns...)
	if b.queue == nil {
		return ctx.Err()
	}
	return b.queue(ctx)
}

func setup(t *testing.T, change func(*bundle)) *bundle {
	t.Helper()
	b := &bundle{
		handle: func(context.Context, state.Message) error { return nil },
		config: lambdaflow.Config{Now: func() time.Time { return now }, Jitter: func() float64 { return 0 }},
	}
	b.config.Logger = lambdaflow.NewLogger(&b.logs, slog.LevelDebug)
	change(b)
	b.WorkerHandler = lambdaflow.NewWorkerHandler(b, b, b.config)
	return b
}

// answer handles the event and returns the ids of the records that must come back.
func (b *bundle) answer(ctx context.Context, t *testing.T, event events.SQSEvent) []string {
	t.Helper()
	response, err := b.WorkerHandler.Handle(ctx, event)
	if err != nil {
		t.Errorf("Handle() error = %v, want none for a queue's event", err)
	}
	ids := []string{}
	for _, failure := range response.BatchItemFailures {
		ids = append(ids, failure.ItemIdentifier)
	}
	return ids
}

// lines returns the log lines without their times.
func (b *bundle) lines(t *testing.T) []map[string]any {
	t.Helper()
	var all []map[string]any
	for line := range strings.Lines(b.logs.String()) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatalf("log line %q: %v", line, err)
		}
		delete(fields, "timestamp")
		all = append(all, fields)
	}
	return all
}

func record(id string, receives int) events.SQSMessage {
	return events.SQSMessage{
		MessageId: id, ReceiptHandle: "handle-" + id, Body: `{"secret":"` + id + `"}`,
		Attributes: map[string]string{"ApproximateReceiveCount": fmt.Sprint(receives)},
	}
}

func batch(records ...events.SQSMessage) events.SQSEvent { return events.SQSEvent{Records: records} }

func TestVerdict(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err      error
		receives int
		jitter   float64
		want     []sqsqueue.Return // none: acknowledged
	}{
		"nil_is_acknowledged":            {receives: 1},
		"a_rejected_one_returns_at_once": {err: &flow.RejectError{Reason: "bad"}, receives: 3, want: after(0)},
		"a_wrapped_reject_is_a_reject":   {err: fmt.Errorf("handle: %w", &flow.RejectError{Reason: "bad"}), receives: 1, want: after(0)},
		"a_held_one_returns_when_the_lease_ends": {
			err: &engine.HeldError{Until: now.Add(40 * time.Second)}, receives: 1, want: after(40 * time.Second)},
		"a_held_one_returns_up_to_a_second_later": {
			err: &engine.HeldError{Until: now.Add(40 * time.Second)}, receives: 1, jitter: 0.5, want: after(40*time.Second + 500*time.Millisecond)},
		"a_lease_that_has_just_ended_is_a_second": {err: &engine.HeldError{Until: now.Add(-time.Minute)}, receives: 2, want: after(time.Second)},
		"a_lease_without_end_is_the_queues_most":  {err: &engine.HeldError{Until: now.Add(30 * time.Hour)}, receives: 1, want: after(sqsqueue.MaxVisibility)},
		"another_error_backs_off":                 {err: errors.New("throttled"), receives: 1, want: after(time.Second)},
		"another_error_backs_off_by_receives":     {err: errors.New("throttled"), receives: 4, want: after(8 * time.Second)},
		"a_backoff_has_jitter":                    {err: errors.New("throttled"), receives: 4, jitter: 0.5, want: after(12 * time.Second)},
		"one_that_was_not_begun_for_lack_of_time_comes_back_soon": {
			err: fmt.Errorf("node a: %w", engine.ErrNoTime), receives: 4, want: after(time.Second)},
		"a_cancelled_call_is_another_error": {err: context.Canceled, receives: 1, want: after(time.Second)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, func(b *bundle) {
				b.handle = func(context.Context, state.Message) error { return test.err }
				b.config.Jitter = func() float64 { return test.jitter }
			})
			failed := b.answer(t.Context(), t, batch(record("m", test.receives)))
			if want := len(test.want); len(failed) != want {
				t.Errorf("failed = %v, want %d", failed, want)
			}
			if diff := cmp.Diff(test.want, b.returns); diff != "" {
				t.Errorf("returns (-want +got):\n%s", diff)
			}
		})
	}
}

// Counted is each record that comes back because of an error, also if its handling
// panicked or did not end; others come back in the course of normal operation.
func TestReturnedMessagesAreCounted(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		handle func() error
		want   int
	}{
		"handled":         {func() error { return nil }, 0},
		"a_store's_error": {func() error { return errors.New("access denied") }, 1},
		"cancelled":       {func() error { return context.Canceled }, 1},
		"a_panic":         {func() error { panic("boom") }, 1},
		"an_exit":         {func() error { runtime.Goexit(); return nil }, 1},
		"held":            {func() error { return fmt.Errorf("node a: %w", &engine.HeldError{Until: now.Add(time.Minute)}) }, 0},
		"no_time":         {func() error { return fmt.Errorf("node a: %w", engine.ErrNoTime) }, 0},
		"a_future_letter": {func() error { return &flow.RejectError{Reason: "no JSON"} }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			b := setup(t, func(b *bundle) {
				b.config.Metrics = metrics.New(&log, "orders", metrics.Config{})
				b.handle = func(_ context.Context, m state.Message) error {
					if m.ID == "good" {
						return nil
					}
					return test.handle()
				}
			})
			b.answer(t.Context(), t, batch(record("good", 1), record("a", 1), record("b", 2)))
			if got := emitted(t, log.String())["MessagesReturned"]; got != 2*test.want {
				t.Errorf("%d returned messages are counted, want %d", got, 2*test.want)
			}
		})
	}
}

func after(d time.Duration) []sqsqueue.Return {
	return []sqsqueue.Return{back("m", d)}
}

func back(id string, d time.Duration) sqsqueue.Return {
	return sqsqueue.Return{ReceiptHandle: "handle-" + id, After: d}
}

func TestHandle(t *testing.T) {
	t.Parallel()

	t.Run("garbage_does_not_affect_other_records", func(t *testing.T) {
		t.Parallel()
		b := setup(t, func(b *bundle) {
			b.handle = func(_ context.Context, m state.Message) error {
				switch m.ID {
				case "garbage":
					return &flow.RejectError{Reason: "no JSON"}
				case "throttled":
					return errors.New("throttled")
				case "panic":
					panic("boom")
				case "index":
					_ = m.ID[len(m.ID)]
				case "exit":
					runtime.Goexit()
				}
				return nil
			}
		})
		failed := b.answer(t.Context(), t, batch(record("good1", 1), record("garbage", 1), record("panic", 1), record("good2", 1),
			record("throttled", 2), record("index", 3), record("good3", 2), record("exit", 1)))
		if diff := cmp.Diff([]string{"garbage", "panic", "throttled", "index", "exit"}, failed); diff != "" {
			t.Errorf("failed (-want +got):\n%s", diff)
		}
		want := []sqsqueue.Return{back("garbage", 0), back("panic", time.Second),
			back("throttled", 2*time.Second), back("index", 4*time.Second), back("exit", 0)}
		if diff := cmp.Diff(want, b.returns); diff != "" {
			t.Errorf("returns (-want +got):\n%s", diff)
		}
		if len(b.handled) != 8 {
			t.Errorf("%d of 8 records were handled", len(b.handled))
		}
	})

	t.Run("first_receives_run_concurrently", func(t *testing.T) {
		t.Parallel()
		// Each of two records waits for the other: alone, neither would end.
		synctest.Test(t, func(t *testing.T) {
			meet := make(chan struct{})
			b := setup(t, func(b *bundle) {
				b.handle = func(_ context.Context, m state.Message) error {
					if m.ID == "a" {
						meet <- struct{}{}
					} else {
						<-meet
					}
					return nil
				}
			})
			if failed := b.answer(t.Context(), t, batch(record("a", 1), record("b", 1))); len(failed) != 0 {
				t.Errorf("failed = %v, want none", failed)
			}
		})
	})

	t.Run("those_near_the_dead_letters_go_first_and_all_others_at_the_same_time", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			var mu sync.Mutex
			var steps []string
			step := func(m state.Message, what string) {
				mu.Lock()
				defer mu.Unlock()
				steps = append(steps, m.ID+" "+what)
			}
			b := setup(t, func(b *bundle) {
				b.handle = func(_ context.Context, m state.Message) error {
					step(m, "begins")
					time.Sleep(time.Duration(m.ID[1]-'0') * time.Second)
					step(m, "ends")
					return nil
				}
			})
			b.delete = func(handles []string) error {
				steps = append(steps, fmt.Sprint("deleted ", handles))
				return nil
			}
			// On the fifth receive, and the fourth, the engine only sends again: it goes first.
			sent := record("s1", 1) // again, on the last receive of a first message
			sent.MessageAttributes = map[string]events.SQSMessageAttribute{state.AttributeID: {StringValue: new("first"), DataType: "String"}}
			b.answer(t.Context(), t, batch(sent, record("b2", 2), record("a1", 1), record("c1", 3), record("l2", 5), record("a3", 1)))
			slices.Sort(steps[3:8])  // in any order
			slices.Sort(steps[8:11]) // after a second
			want := []string{"l2 begins", "l2 ends", "deleted [handle-l2]", "a1 begins", "a3 begins", "b2 begins", "c1 begins", "s1 begins",
				"a1 ends", "c1 ends", "s1 ends", "b2 ends", "a3 ends"}
			if diff := cmp.Diff(want, steps); diff != "" {
				t.Errorf("steps (-want +got):\n%s", diff)
			}
		})
	})

	t.Run("an_empty_event_sends_no_request", func(t *testing.T) {
		t.Parallel()
		b := setup(t, func(b *bundle) {
			b.queue = func(context.Context) error {
				t.Error("the queue was asked to return nothing")
				return nil
			}
		})
		response, err := b.WorkerHandler.Handle(t.Context(), events.SQSEvent{})
		if err == nil || response.BatchItemFailures == nil || len(response.BatchItemFailures) != 0 {
			t.Errorf("Handle() = %v, %v, want no failures, and an error", response, err)
		}
	})

	t.Run("a_last_receive_that_must_come_back_is_not_deleted", func(t *testing.T) {
		t.Parallel()
		b := setup(t, func(b *bundle) {
			b.handle = func(context.Context, state.Message) error { return &flow.RejectError{Reason: "bad"} }
			b.delete = func([]string) error {
				t.Error("it was deleted")
				return nil
			}
		})
		if failed := b.answer(t.Context(), t, batch(record("a", 5), record("b", 1))); len(failed) != 2 {
			t.Errorf("failed = %v, want both", failed)
		}
	})

	t.Run("last_receives_alone_are_deleted_by_the_answer", func(t *testing.T) {
		t.Parallel()
		b := setup(t, func(b *bundle) {
			b.delete = func([]string) error {
				t.Error("that costs a request for nothing")
				return nil
			}
		})
		if failed := b.answer(t.Context(), t, batch(record("a", 5), record("b", 5))); len(failed) != 0 {
			t.Errorf("failed = %v, want none", failed)
		}
	})

	t.Run("a_deletion_that_fails_is_only_logged", func(t *testing.T) {
		t.Parallel()
		b := setup(t, func(b *bundle) {
			b.delete = func([]string) error { return errors.New("no SQS") }
		})
		if failed := b.answer(t.Context(), t, batch(record("a", 5), record("b", 1))); len(failed) != 0 {
			t.Errorf("failed = %v, want none", failed)
		}
		if diff := cmp.Diff([]map[string]any{{"level": "WARN", "msg": "messages not deleted", "error": "no SQS"}}, b.lines(t)); diff != "" {
			t.Errorf("log (-want +got):\n%s", diff)
		}
	})

	t.Run("a_change_of_visibility_that_fails_is_only_logged", func(t *testing.T) {
		t.Parallel()
		b := setup(t, func(b *bundle) {
			b.handle = func(context.Context, state.Message) error { return errors.New("throttled") }
			b.queue = func(context.Context) error { return errors.New("no SQS") }
		})
		if diff := cmp.Diff([]string{"m"}, b.answer(t.Context(), t, batch(record("m", 1)))); diff != "" {
			t.Errorf("failed (-want +got):\n%s", diff)
		}
		last := b.lines(t)[1]
		if diff := cmp.Diff(map[string]any{"level": "WARN", "msg": "visibility not changed", "error": "no SQS"}, last); diff != "" {
			t.Errorf("log line (-want +got):\n%s", diff)
		}
	})
}

func TestDeadline(t *testing.T) {
	t.Parallel()

	// invoke handles a batch within ten seconds of fake time, and reports whether it answered in time.
	invoke := func(t *testing.T, b *bundle, records ...events.SQSMessage) (failed []string, inTime bool) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		deadline, _ := ctx.Deadline()
		failed = b.answer(ctx, t, batch(records...))
		return failed, time.Now().Before(deadline)
	}

	t.Run("a_record_is_not_begun_within_the_reserve", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			b := setup(t, func(b *bundle) {
				b.config.Now = nil
				b.config.Reserve = 3 * time.Second
				b.handle = func(_ context.Context, m state.Message) error {
					time.Sleep(8 * time.Second)
					return nil
				}
			})
			failed, inTime := invoke(t, b, record("first", 4), record("second", 5), record("third", 3), record("fourth", 1))
			if diff := cmp.Diff([]string{"third", "fourth"}, failed); diff != "" {
				t.Errorf("failed (-want +got):\n%s", diff)
			}
			want := []sqsqueue.Return{back("third", time.Second), back("fourth", time.Second)}
			if diff := cmp.Diff(want, b.returns); diff != "" {
				t.Errorf("returns (-want +got):\n%s", diff)
			}
			if len(b.handled) != 2 || !inTime {
				t.Errorf("%d records begun, answered in time: %v", len(b.handled), inTime)
			}
		})
	})

	t.Run("a_record_is_begun_with_just_the_reserve_left", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			b := setup(t, func(b *bundle) {
				b.config.Now = nil
				b.config.Reserve = 3 * time.Second
				b.handle = func(_ context.Context, m state.Message) error {
					if m.ID == "first" {
						time.Sleep(7 * time.Second)
					}
					return nil
				}
			})
			if failed, _ := invoke(t, b, record("first", 1), record("second", 2)); len(failed) != 0 {
				t.Errorf("failed = %v, want none", failed)
			}
		})
	})

	t.Run("a_handler_that_hangs_is_ended_in_time_to_answer", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			var seen, deadline time.Time
			b := setup(t, func(b *bundle) {
				b.config.Now = nil
				b.handle = func(ctx context.Context, m state.Message) error {
					if m.ID == "good" {
						return nil
					}
					deadline, _ = ctx.Deadline()
					<-ctx.Done()
					seen = time.Now()
					return context.Cause(ctx)
				}
			})
			want := time.Now().Add(10 * time.Second)
			failed, inTime := invoke(t, b, record("good", 1), record("hangs", 1))
			if diff := cmp.Diff([]string{"hangs"}, failed); diff != "" || !inTime {
				t.Errorf("answered in time: %v; failed (-want +got):\n%s", inTime, diff)
			}
			if !deadline.Equal(want) {
				t.Errorf("the handler's deadline is %v, want the invocation's: leases are judged by it", deadline)
			}
			if !seen.Before(want) || len(b.returns) != 1 {
				t.Errorf("ended at %v with %d returns", seen, len(b.returns))
			}
			if errs := b.lines(t); len(errs) != 1 || errs[0]["error"] != "the invocation must answer now" {
				t.Errorf("log: %v", errs)
			}
		})
	})

	t.Run("a_queue_that_hangs_does_not_delay_the_answer", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			b := setup(t, func(b *bundle) {
				b.config.Now = nil
				b.handle = func(context.Context, state.Message) error { return errors.New("throttled") }
				b.queue = func(ctx context.Context) error {
					<-ctx.Done()
					return ctx.Err()
				}
			})
			if failed, inTime := invoke(t, b, record("m", 1)); len(failed) != 1 || !inTime {
				t.Errorf("failed = %v, answered in time: %v", failed, inTime)
			}
		})
	})

	t.Run("code_that_outlives_the_answer_is_cancelled", func(t *testing.T) {
		t.Parallel()
		var handed context.Context
		b := setup(t, func(b *bundle) {
			b.config.Now = nil
			b.handle = func(ctx context.Context, _ state.Message) error {
				handed = ctx
				return nil
			}
		})
		bounded, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		for _, ctx := range []context.Context{t.Context(), bounded} {
			handed = ctx
			b.answer(ctx, t, batch(record("m", 1)))
			if handed.Err() == nil || ctx.Err() != nil {
				t.Errorf("after the answer the record's context is %v, the invocation's %v", handed.Err(), ctx.Err())
			}
		}
	})
}

func TestLog(t *testing.T) {
	t.Parallel()
	body := `{"runId":"r1","blueprintId":"order","nodeId":"charge","scope":"poll.3","input":"secret"}`
	names := map[string]any{
		"run_id": "r1", "blueprint_id": "order", "node_id": "charge", "scope": "poll.3",
		"message_id": "m", "receives": 2.0, "request_id": "req-1",
	}
	for name, test := range map[string]struct {
		err  error
		body string
		want map[string]any
	}{
		"rejected": {&flow.RejectError{Reason: "no such run"}, body,
			with(names, "level", "WARN", "msg", "message rejected", "reason", "no such run")},
		"rejected_garbage": {&flow.RejectError{Reason: "no JSON"}, "secret",
			map[string]any{"level": "WARN", "msg": "message rejected", "reason": "no JSON", "message_id": "m", "receives": 2.0, "request_id": "req-1"}},
		"returned": {errors.New("load run r1: throttled"), body,
			with(names, "level", "WARN", "msg", "message returned", "error", "load run r1: throttled")},
		"start_with_a_trace": {errors.New("throttled"), `{"type":"start","blueprintId":"order","traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}`,
			map[string]any{"level": "WARN", "msg": "message returned", "error": "throttled", "run_id": "m", "blueprint_id": "order", "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
				"message_id": "m", "receives": 2.0, "request_id": "req-1"}},
		"start_without_run_id": {errors.New("throttled"), `{"type":"start","blueprintId":"order","input":"secret"}`,
			map[string]any{"level": "WARN", "msg": "message returned", "error": "throttled", "run_id": "m", "blueprint_id": "order",
				"message_id": "m", "receives": 2.0, "request_id": "req-1"}},
		"held": {&engine.HeldError{Until: now}, body,
			with(names, "level", "DEBUG", "msg", "message returned", "error", "held until 2026-11-23T12:00:00Z")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, func(b *bundle) {
				b.handle = func(context.Context, state.Message) error { return test.err }
			})
			r := record("m", 2)
			r.Body = test.body
			ctx := lambdacontext.NewContext(t.Context(), &lambdacontext.LambdaContext{AwsRequestID: "req-1"})
			b.answer(ctx, t, batch(r))
			if diff := cmp.Diff([]map[string]any{test.want}, b.lines(t)); diff != "" {
				t.Errorf("log (-want +got):\n%s", diff)
			}
			if strings.Contains(b.logs.String(), "secret") {
				t.Errorf("the log shows the body: %s", b.logs.String())
			}
		})
	}

	t.Run("a_message_that_was_sent_again_names_the_first", func(t *testing.T) {
		t.Parallel()
		b := setup(t, func(b *bundle) {
			b.handle = func(context.Context, state.Message) error { return errors.New("throttled") }
		})
		r := record("m", 2)
		r.Body = `{"type":"start","blueprintId":"order"}`
		r.MessageAttributes = map[string]events.SQSMessageAttribute{state.AttributeID: {DataType: "String", StringValue: new("first")}}
		b.answer(t.Context(), t, batch(r))
		line := b.lines(t)[0]
		if line["message_id"] != "m" || line["first_message_id"] != "first" || line["run_id"] != "first" {
			t.Errorf("log line: %v", line)
		}
	})

	t.Run("a_panic_is_an_error_with_its_stack", func(t *testing.T) {
		t.Parallel()
		b := setup(t, func(b *bundle) {
			b.handle = func(context.Context, state.Message) error { panic("boom") }
		})
		b.answer(t.Context(), t, batch(record("m", 1)))
		line := b.lines(t)[0]
		if stack := fmt.Sprint(line["stack"]); line["level"] != "ERROR" || line["error"] != "panic: boom" || !strings.Contains(stack, "handler_test.go") {
			t.Errorf("log line: %v", line)
		}
	})

	t.Run("an_acknowledged_message_is_silent", func(t *testing.T) {
		t.Parallel()
		b := setup(t, func(b *bundle) {})
		b.answer(t.Context(), t, batch(record("m", 1)))
		if b.logs.Len() > 0 {
			t.Errorf("log: %s", b.logs.String())
		}
	})
}

func with(fields map[string]any, pairs ...string) map[string]any {
	all := map[string]any{}
	maps.Copy(all, fields)
	for pair := range slices.Chunk(pairs, 2) {
		all[pair[0]] = pair[1]
	}
	return all
}

// TestEvents invokes the handler as Lambda does: bytes in, bytes out.
func TestEvents(t *testing.T) {
	t.Parallel()
	parsed := func(_ context.Context, m state.Message) error {
		_, err := flow.ParseMessage(m.Body)
		return err
	}
	for name, test := range map[string]struct {
		handle func(context.Context, state.Message) error
		want   string
	}{
		"one.json":       {parsed, `{"batchItemFailures":[]}`},
		"ten.json":       {parsed, `{"batchItemFailures":[]}`},
		"malformed.json": {parsed, `{"batchItemFailures":[{"itemIdentifier":"m1"},{"itemIdentifier":"m2"},{"itemIdentifier":"m3"}]}`},
		"attributes.json": {func(_ context.Context, m state.Message) error {
			want := state.Message{ID: m.ID, Body: m.Body, Receives: 4}
			if m.ID == "m0" {
				want.Receives, want.Attributes = 1, map[string]string{state.AttributeID: "first"}
			}
			if diff := cmp.Diff(want, m); diff != "" {
				return errors.New(diff)
			}
			return nil
		}, `{"batchItemFailures":[]}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			event, err := os.ReadFile(filepath.Join("testdata", name))
			if err != nil {
				t.Fatal(err)
			}
			b := setup(t, func(b *bundle) { b.handle = test.handle })
			got, err := lambda.NewHandler(b.WorkerHandler.Handle).Invoke(t.Context(), event)
			if err != nil || string(got) != test.want {
				t.Errorf("response = %s, %v\nwant       %s\nlog: %s", got, err, test.want, b.logs.String())
			}
		})
	}
}

// FuzzEvent looks for an event that is answered with an error, or with an id that the
// event does not contain: Lambda treats either as the failure of the whole batch.
func FuzzEvent(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		f.Fatalf("no events in testdata: %v", err)
	}
	for _, file := range files {
		event, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(event)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var event events.SQSEvent
		other := func(r events.SQSMessage) bool { return r.EventSource != "" && r.EventSource != "aws:sqs" }
		if json.Unmarshal(data, &event) != nil || len(event.Records) == 0 || slices.ContainsFunc(event.Records, other) {
			return
		}
		b := &bundle{handle: func(_ context.Context, m state.Message) error {
			if m.Receives < 1 {
				panic("received less than once")
			}
			_, err := flow.ParseMessage(m.Body)
			return err
		}}
		h := lambdaflow.NewWorkerHandler(b, b, lambdaflow.Config{})
		response, err := h.Handle(t.Context(), event)
		if err != nil || response.BatchItemFailures == nil {
			t.Fatalf("Handle() = %v, %v", response, err)
		}
		if len(response.BatchItemFailures) != len(b.returns) || len(b.handled) != len(event.Records) {
			t.Fatalf("%d records, %d handled, %d failed, %d returned",
				len(event.Records), len(b.handled), len(response.BatchItemFailures), len(b.returns))
		}
		i := 0
		for _, failure := range response.BatchItemFailures {
			for ; i < len(event.Records) && event.Records[i].MessageId != failure.ItemIdentifier; i++ {
			}
			if i == len(event.Records) {
				t.Fatalf("%q is none of the records in their order", failure.ItemIdentifier)
			}
			i++
		}
	})
}

// returner is another queue.
type returner struct{ deleted, returned []string }

func (r *returner) Delete(_ context.Context, handles ...string) error {
	r.deleted = append(r.deleted, handles...)
	return nil
}

func (r *returner) Return(_ context.Context, returns ...sqsqueue.Return) error {
	for _, one := range returns {
		r.returned = append(r.returned, one.ReceiptHandle)
	}
	return nil
}

// Records of the intake queue are told apart by its ARN, and go back to it.
func TestIntake(t *testing.T) {
	t.Parallel()
	for arn, intake := range map[string]bool{"arn:aws:sqs:eu-central-1:1:flow-intake": true, "arn:aws:sqs:eu-central-1:1:flow": false, "": false} {
		other := &returner{}
		b := setup(t, func(b *bundle) {
			b.config.Intake = lambdaflow.Intake{ARN: "arn:aws:sqs:eu-central-1:1:flow-intake", Queue: other}
			b.handle = func(_ context.Context, m state.Message) error {
				if m.ID == "late" {
					return errors.New("busy")
				}
				return nil
			}
		})
		var deleted []string
		b.delete = func(handles []string) error { deleted = handles; return nil }
		records := []events.SQSMessage{record("near", 5), record("late", 1)}
		for i := range records {
			records[i].EventSourceARN = arn
			records[i].Attributes["SenderId"] = "AROASHOP:alice"
		}
		b.answer(t.Context(), t, batch(records...))
		for _, m := range b.handled {
			if m.Intake != intake || m.Sender != "AROASHOP:alice" {
				t.Errorf("%s: %s is of the intake: %t, and of %q", arn, m.ID, m.Intake, m.Sender)
			}
		}
		if got := len(other.deleted) == 1 && len(other.returned) == 1; got != intake {
			t.Errorf("%s: the intake queue has deleted %v and returned %v", arn, other.deleted, other.returned)
		}
		if got := len(deleted) == 1 && len(b.returns) == 1; got == intake {
			t.Errorf("%s: the work queue has deleted %v and returned %v", arn, deleted, b.returns)
		}
	}
	b := setup(t, func(*bundle) {}) // without an intake
	b.answer(t.Context(), t, batch(record("a", 1)))
	if b.handled[0].Intake {
		t.Error("a record without an ARN is one of the intake")
	}
}
