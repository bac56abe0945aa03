package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/localstack"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/client"
	"github.com/flowcraft-go/flowcraft/pkg/flowaws"
)

// A run is read when a log line tells its end, and again after pollEnded if its status
// cannot be read yet; without a line it is read after pollEvery.
const (
	pollEnded = 5 * time.Millisecond
	pollEvery = time.Second
)

// load starts runs on a stack and awaits their ends.
type load struct {
	config Config
	stack  *localstack.Stack
	parts  *flowaws.Stack
	watch  *watch
}

// result is the result of some runs.
type result struct {
	latencies []time.Duration // of each run, from its start's message to its status
	failed    int             // ended in another way than completed
	nodes     int             // that have finished
	steps     steps
}

func startLoad(ctx context.Context, config Config) (*load, error) {
	l := &load{config: config, watch: newWatch()}
	stack := config.Stack
	stack.Output = l.watch
	stack.Env = append(slices.Clone(stack.Env), "LOG_LEVEL=info") // its lines tell the ends
	var err error
	if l.stack, err = localstack.Start(ctx, stack); ctx.Err() != nil && err != nil {
		return nil, fmt.Errorf("start the local stack: %w: %w", context.Cause(ctx), err)
	} else if err != nil {
		return nil, err
	}
	if l.parts, err = l.stack.Info.Connect(); err != nil {
		l.stack.Stop()
		return nil, err
	}
	return l, nil
}

// run starts n runs, and returns when all have ended.
func (l *load) run(ctx context.Context, name string, n int) (*result, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r := &result{}
	var mu sync.Mutex
	var going sync.WaitGroup
	slots := make(chan struct{}, l.config.AtOnce)
	nodes := l.watch.nodeCount()
	began := time.Now()
	for i := range n {
		if !l.await(ctx, slots, began, i) {
			break
		}
		going.Go(func() {
			defer func() { <-slots }()
			status, took, steps, err := l.one(ctx, fmt.Sprintf("bench-%s-%d", name, i))
			if err != nil {
				cancel(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			r.latencies = append(r.latencies, took)
			r.steps.add(steps)
			if status != flow.Completed {
				r.failed++
			}
		})
	}
	going.Wait()
	r.nodes = l.watch.nodeCount() - nodes
	if len(r.latencies) < n {
		return nil, fmt.Errorf("%d of %d runs have ended: %w%s", len(r.latencies), n, context.Cause(ctx), l.watch.trouble())
	}
	return r, nil
}

// await waits until run i is due and takes a slot for it.
func (l *load) await(ctx context.Context, slots chan struct{}, began time.Time, i int) bool {
	if l.config.Rate > 0 {
		due := time.NewTimer(time.Until(began.Add(time.Duration(float64(i) / l.config.Rate * float64(time.Second)))))
		defer due.Stop()
		select {
		case <-due.C:
		case <-ctx.Done():
			return false
		}
	}
	select {
	case slots <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

// one starts a run and returns its status once it can be read as ended.
func (l *load) one(ctx context.Context, id string) (flow.Status, time.Duration, steps, error) {
	seen := l.watch.expect(id)
	ended := seen.ended
	begun := time.Now()
	if _, err := l.parts.Client().Start(ctx, l.config.Blueprint, l.config.Input, client.WithRunID(id)); err != nil {
		return "", 0, steps{}, fmt.Errorf("start a run: %w", err)
	}
	sent := time.Now()
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	for {
		select {
		case <-ended:
			ended = nil
			poll.Reset(pollEnded)
		case <-poll.C:
		case <-ctx.Done():
			return "", 0, steps{}, context.Cause(ctx)
		}
		run, err := l.parts.Store.Run(ctx, id)
		switch {
		case err == nil && run.Status.Terminal():
			took := time.Since(begun)
			if ended != nil { // its line has not come
				return run.Status, took, steps{}, nil
			}
			return run.Status, took, seen.steps(sent), nil
		case err != nil && !errors.Is(err, flow.ErrNotFound):
			return "", 0, steps{}, fmt.Errorf("read run %s: %w", id, err)
		}
	}
}
