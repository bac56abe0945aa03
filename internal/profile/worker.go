package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/awsenv"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
	"github.com/flowcraft-go/flowcraft/pkg/flowaws"
)

// shapes are the runs that are measured.
var shapes = []*flow.Blueprint{chain("chain-10", 10, "small"), fan("fan-8", 8, "small"), chain("chain-10-2KB", 10, "two"), fan("fan-8-2KB", 8, "two")}

var registry = flow.Registry{
	"small": flow.Func(func(context.Context, json.RawMessage) (int, error) { return 7, nil }),
	"two":   flow.Func(func(context.Context, json.RawMessage) (string, error) { return strings.Repeat("x", 2<<10), nil }),
}

func chain(id string, n int, uses string) *flow.Blueprint {
	b := &flow.Blueprint{ID: id}
	for i := range n {
		b.Nodes = append(b.Nodes, flow.Node{ID: fmt.Sprintf("n%d", i), Uses: uses})
		if i > 0 {
			b.Edges = append(b.Edges, flow.Edge{Source: b.Nodes[i-1].ID, Target: b.Nodes[i].ID})
		}
	}
	return b
}

func fan(id string, n int, uses string) *flow.Blueprint {
	b := &flow.Blueprint{ID: id, Nodes: []flow.Node{{ID: "first", Uses: uses}, {ID: "last", Uses: "small"}}}
	for i := range n {
		branch := fmt.Sprintf("n%d", i)
		b.Nodes = append(b.Nodes, flow.Node{ID: branch, Uses: uses})
		b.Edges = append(b.Edges, flow.Edge{Source: "first", Target: branch}, flow.Edge{Source: branch, Target: "last"})
	}
	return b
}

// worker is a worker in this process, connected as a deployed one is.
type worker struct {
	server   *server
	engine   *engine.Engine
	ended    atomic.Int64 // runs that have completed
	sequence atomic.Int64 // of messages
}

func newWorker(s *server) (*worker, error) {
	vars := map[string]string{
		"AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": strings.Repeat("s", 40),
		"AWS_SESSION_TOKEN": strings.Repeat("t", 700), // as long as Lambda's
		"AWS_ENDPOINT_URL":  s.Address, "AWS_CA_BUNDLE": s.bundle,
	}
	cfg, err := awsenv.Load(func(name string) (string, bool) { text, ok := vars[name]; return text, ok })
	if err != nil {
		return nil, err
	}
	stack, err := flowaws.New(cfg, flowaws.Names{
		QueueURL: "https://sqs.us-east-1.amazonaws.com/123456789012/jobs", ContextTable: "flowcraft-prod-context",
		StatusTable: "flowcraft-prod-status", CoordinationTable: "flowcraft-prod-coordination",
	}, flowaws.Config{})
	if err != nil {
		return nil, err
	}
	w := &worker{server: s}
	w.engine, err = engine.New(stack.Store, stack.Queue, registry, engine.Config{
		Blueprints: shapes,
		Events: func(e flow.Event) {
			if e.Kind == flow.RunCompleted {
				w.ended.Add(1)
			}
		},
	})
	return w, err
}

// measure performs runs of one shape, after some that warm up.
func (w *worker) measure(ctx context.Context, b *flow.Blueprint, s settings) (measured, error) {
	if err := w.run(ctx, b, 10*s.atOnce, s.atOnce); err != nil {
		return measured{}, err
	}
	requests, err := w.server.requests(ctx)
	if err != nil {
		return measured{}, err
	}
	ended := w.ended.Load()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	cpu := used()
	shares, err := profiled(filepath.Join(s.raw, b.ID+".pprof"), s, func() error { return w.run(ctx, b, s.runs, s.atOnce) })
	if err != nil {
		return measured{}, err
	}
	cpu = used() - cpu - shares.parsing
	runtime.ReadMemStats(&after)
	if got := w.ended.Load() - ended; got != int64(s.runs) {
		return measured{}, fmt.Errorf("%d of %d runs have completed", got, s.runs)
	}
	total, err := w.server.requests(ctx)
	return measured{
		nodes: s.runs * len(b.Nodes), requests: total - requests, cpu: cpu,
		bytes: after.TotalAlloc - before.TotalAlloc, objects: after.Mallocs - before.Mallocs, shares: shares.of,
	}, err
}

// run performs runs, some at a time.
func (w *worker) run(ctx context.Context, b *flow.Blueprint, runs, atOnce int) error {
	var group sync.WaitGroup
	var next atomic.Int64
	errs := make([]error, atOnce)
	for i := range atOnce {
		group.Go(func() {
			for errs[i] == nil && next.Add(1) <= int64(runs) {
				errs[i] = w.start(ctx, b)
			}
		})
	}
	group.Wait()
	return errors.Join(errs...)
}

func (w *worker) start(ctx context.Context, b *flow.Blueprint) error {
	body, err := flow.MessageBody{Type: flow.TypeStart, BlueprintID: b.ID, Input: json.RawMessage(`{"order":1}`)}.Encode()
	if err != nil {
		return err
	}
	// As long as a message id of SQS.
	id := fmt.Sprintf("%08d-0000-4000-8000-000000000000", w.sequence.Add(1))
	return w.engine.Handle(ctx, state.Message{ID: id, Body: body, Receives: 1})
}

// used returns the processor time of this process.
func used() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err) // never on systems that have it
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// profiledShares is the distribution of processor time, and the time that reading it took.
type profiledShares struct {
	of      map[string]float64
	parsing time.Duration
}

// profiled performs the work under the profiler.
func profiled(file string, s settings, work func() error) (profiledShares, error) {
	if s.noShares {
		return profiledShares{}, work()
	}
	if s.raw == "" {
		dir, err := os.MkdirTemp("", "profile")
		if err != nil {
			return profiledShares{}, err
		}
		defer func() { _ = os.RemoveAll(dir) }() // a leftover in the temporary folder is harmless
		file = filepath.Join(dir, "cpu.pprof")
	}
	out, err := os.Create(file)
	if err != nil {
		return profiledShares{}, err
	}
	if err := pprof.StartCPUProfile(out); err != nil {
		return profiledShares{}, err
	}
	err = work()
	pprof.StopCPUProfile()
	if err = errors.Join(err, out.Close()); err != nil {
		return profiledShares{}, err
	}
	begun := used()
	of, err := sharesOf(file)
	return profiledShares{of, used() - begun}, err
}
