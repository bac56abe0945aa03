package engine_test

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/client"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
	"github.com/flowcraft-go/flowcraft/pkg/flow/trace"
)

const (
	traceID     = "4bf92f3577b34da6a3ce929d0e0e4736"
	given       = "00-" + traceID + "-00f067aa0ba902b7-01"
	otherTrace  = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	ofNoTrace   = "00-00000000000000000000000000000000-00f067aa0ba902b7-01"
	tracedNodes = `{"id":"traced","nodes":[{"id":"a","uses":"code"},{"id":"b","uses":"code"},{"id":"j","uses":"code","config":{"maxRetries":3,"retryDelay":DELAY}}],
		"edges":[{"source":"a","target":"j"},{"source":"b","target":"j"}]}`
)

// tracing is a world whose node code notes the traceparents of its contexts. The node j
// fails at its first attempt, and is retried after delay milliseconds.
type tracing struct {
	*world
	log  *bytes.Buffer
	seen []string // "NODE TRACEPARENT"
}

func traceSetup(t *testing.T, delay string, changes ...func(*engine.Config)) *tracing {
	t.Helper()
	w := &tracing{log: &bytes.Buffer{}}
	code := flow.TaskFunc(func(ctx context.Context, task *flow.Task, _ any) (flow.Result, error) {
		w.seen = append(w.seen, task.NodeID+" "+trace.From(ctx))
		task.Log().InfoContext(ctx, "a line of code")
		if task.NodeID == "j" && task.Attempt == 1 {
			return flow.Result{}, errBusy
		}
		return flow.Result{}, nil
	})
	changes = append(changes, func(c *engine.Config) { c.Logger = slog.New(slog.NewTextHandler(w.log, nil)) })
	w.world = setup(t, strings.Replace(tracedNodes, "DELAY", delay, 1), flow.Registry{"code": code}, changes...)
	return w
}

func withAttribute(m state.Message, traceparent string) state.Message {
	m.Attributes = map[string]string{trace.Key: traceparent}
	return m
}

// withKey returns a start with a traceparent in its body.
func withKey(m state.Message, traceparent string) state.Message {
	m.Body = strings.Replace(m.Body, `{"type":"start"`, `{"type":"start","traceparent":"`+traceparent+`"`, 1)
	return m
}

// wantTrace checks the run's record, the contexts of all attempts, the events, and every
// line of the log. "" is no trace.
func (w *tracing) wantTrace(want string, attempts ...string) {
	w.Helper()
	if got := w.run().Traceparent; got != want {
		w.Errorf("the run keeps %q, want %q", got, want)
	}
	var seen []string
	for _, node := range attempts {
		seen = append(seen, node+" "+want)
	}
	if !slices.Equal(w.seen, seen) {
		w.Errorf("the code saw %q, want %q", w.seen, seen)
	}
	id := trace.ID(want)
	for _, event := range w.events.all {
		if event.TraceID != id {
			w.Errorf("the event %q has the trace %q, want %q", event, event.TraceID, id)
		}
	}
	for line := range strings.Lines(w.log.String()) {
		if strings.Contains(line, "run_id=") && !strings.HasSuffix(line, " trace_id="+id+"\n") && (id != "" || strings.Contains(line, "trace_id")) {
			w.Errorf("the line %q has not the trace %q", line, id)
		}
	}
}

// A start's traceparent is kept on its run, from wherever it comes, and an invalid one is
// none.
func TestTraceparentOfAStart(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		message func(state.Message) state.Message
		want    string
	}{
		"none":                           {func(m state.Message) state.Message { return m }, ""},
		"an attribute":                   {func(m state.Message) state.Message { return withAttribute(m, given) }, given},
		"a key of the body":              {func(m state.Message) state.Message { return withKey(m, given) }, given},
		"both":                           {func(m state.Message) state.Message { return withAttribute(withKey(m, otherTrace), given) }, given},
		"an invalid attribute and a key": {func(m state.Message) state.Message { return withAttribute(withKey(m, given), "00-1") }, given},
		"all zero":                       {func(m state.Message) state.Message { return withAttribute(m, ofNoTrace) }, ""},
		"two invalid ones": {func(m state.Message) state.Message {
			return withAttribute(withKey(m, strings.ToUpper(given)), "ff"+given[2:])
		}, ""},
		"by the intake queue":           {func(m state.Message) state.Message { return taken(alice, withAttribute(m, given)) }, given},
		"by the intake queue, in a key": {func(m state.Message) state.Message { return taken(alice, withKey(m, given)) }, given},
		"of a foreign sender":           {func(m state.Message) state.Message { return by(mallory, withAttribute(m, given)) }, given},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := traceSetup(t, "0", knowing)
			w.handle(test.message(w.start()))
			w.drain()
			w.wantRun(flow.Completed)
			w.wantTrace(test.want, "a", "b", "j", "j")
		})
	}
}

// The caller's context brings it, in a message attribute, and costs no request.
func TestTraceparentOfTheCaller(t *testing.T) {
	t.Parallel()
	requests := map[string][]string{}
	for _, want := range []string{"", given} {
		w := traceSetup(t, "0")
		if _, err := client.New(w.queue, nil).Start(trace.ContextWith(t.Context(), want), "traced", nil, client.WithRunID("run")); err != nil {
			t.Fatal(err)
		}
		start := w.takeOne().Message
		if start.Attributes[trace.Key] != want || strings.Contains(start.Body, trace.Key) {
			t.Errorf("sent %s with %v, want the attribute %q", start.Body, start.Attributes, want)
		}
		w.handle(start)
		w.drain()
		w.wantTrace(want, "a", "b", "j", "j")
		requests[want] = w.requests(0)
	}
	if !slices.Equal(requests[""], requests[given]) {
		t.Errorf("the requests are %q, and %q with a trace", requests[""], requests[given])
	}
	w := traceSetup(t, "0")
	if err := client.New(w.queue, nil).Cancel(trace.ContextWith(t.Context(), given), "run", ""); err != nil {
		t.Fatal(err)
	}
	if cancel := w.takeOne(); len(cancel.Attributes) > 0 {
		t.Errorf("a cancel has %v", cancel.Attributes)
	}
}

// It stays with the run on every way that its messages go.
func TestTraceparentStays(t *testing.T) {
	t.Parallel()
	t.Run("with a start that is sent again", func(t *testing.T) {
		t.Parallel()
		for _, first := range []func(state.Message) state.Message{
			func(m state.Message) state.Message { return withAttribute(m, given) },
			func(m state.Message) state.Message { return taken(alice, withAttribute(m, given)) },
		} {
			w := traceSetup(t, "0", knowing)
			w.handle(onReceive(first(w.start()), 4))
			w.handle(by(ownRole+":worker", w.takeOne().Message))
			w.drain()
			w.wantTrace(given, "a", "b", "j", "j")
		}
	})
	t.Run("as the first start gave it", func(t *testing.T) {
		t.Parallel()
		w := traceSetup(t, "0")
		first, second := w.start(), w.start()
		second.ID = "another"
		w.handle(withAttribute(first, given))
		w.handle(withAttribute(second, otherTrace))
		w.drain()
		w.handle(again(withAttribute(first, otherTrace)))
		w.wantTrace(given, "a", "b", "j", "j")
	})
	t.Run("with a retry behind a timer", func(t *testing.T) {
		t.Parallel()
		w := traceSetup(t, "3600000")
		w.handle(withAttribute(w.start(), given))
		w.drain()
		w.clock.pass(time.Hour)
		v := watched(w.world)
		v.sight.drop = errBusy
		if _, err := v.Tick(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.drain()
		w.wantRun(flow.Completed)
		w.wantTrace(given, "a", "b", "j", "j")
		if !strings.Contains(w.log.String(), `msg="timer not fired"`) {
			t.Errorf("the log tells of no timer: %s", w.log)
		}
	})
	t.Run("with a rescued run", func(t *testing.T) {
		t.Parallel()
		w := traceSetup(t, "0")
		w.create(func(r *state.Run) { r.Traceparent = given })
		w.clock.pass(stalledAfter + time.Second)
		v := watched(w.world)
		v.sight.refuse = errBusy
		if _, err := v.Tick(t.Context()); err != nil {
			t.Fatal(err)
		}
		v.sight.refuse = nil
		w.clock.pass(time.Hour)
		v.tick(sentAgain(2))
		w.drain()
		w.wantRun(flow.Completed)
		w.wantTrace(given, "a", "b", "j", "j")
		if !strings.Contains(w.log.String(), `msg="run not reconciled"`) {
			t.Errorf("the log tells of no failed rescue: %s", w.log)
		}
	})
	t.Run("before the run is read", func(t *testing.T) {
		t.Parallel()
		w := traceSetup(t, "0")
		w.create(func(r *state.Run) { r.Traceparent = given })
		w.inject("lose the request of load")
		w.handle(onReceive(w.job("a", func(b *flow.MessageBody) { b.Traceparent = given }), 4))
		w.drain()
		w.wantTrace(given, "a")
		if !strings.Contains(w.log.String(), `msg="message sent again"`) {
			t.Errorf("the log tells of no message: %s", w.log)
		}
	})
}
