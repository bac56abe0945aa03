// Package spawn starts goroutines and waits for them, where a simulation can see both.
package spawn

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"
)

// Spawner starts goroutines and waits for them in place of the runtime.
type Spawner interface {
	// Go calls f on a goroutine of its own.
	Go(ctx context.Context, f func(ctx context.Context))
	// After calls f on a goroutine of its own after a time, unless it is stopped before.
	After(ctx context.Context, d time.Duration, f func(ctx context.Context)) (stop func())
	// Wait returns once over does, which may be called often.
	Wait(ctx context.Context, over func() bool)
}

type spawnerKey struct{}

// On returns a context whose goroutines are those of s.
func On(ctx context.Context, s Spawner) context.Context {
	return context.WithValue(ctx, spawnerKey{}, s)
}

func spawnerOf(ctx context.Context) (Spawner, bool) {
	s, ok := ctx.Value(spawnerKey{}).(Spawner)
	return s, ok
}

// Group is a number of goroutines that end before their owner goes on. The zero Group has
// none; it is safe for concurrent use.
type Group struct {
	mu      sync.Mutex
	running int
	idle    chan struct{} // closed when none is running; nil: nobody waits
	panic   *Panic        // the first
}

// Panic is the panic of a goroutine of a group, for the one that waits for it.
type Panic struct {
	Value any
	Stack string
}

func (p *Panic) String() string { return fmt.Sprintf("%v\n%s", p.Value, p.Stack) }

// Go calls f on a goroutine of the group.
func (g *Group) Go(ctx context.Context, f func(ctx context.Context)) {
	g.add(1)
	counted := func(ctx context.Context) {
		defer g.add(-1)
		defer func() { g.keep(recover()) }()
		f(ctx)
	}
	if s, ok := spawnerOf(ctx); ok {
		s.Go(ctx, counted)
		return
	}
	go counted(ctx)
}

func (g *Group) add(n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.running += n; g.running == 0 && g.idle != nil {
		close(g.idle)
		g.idle = nil
	}
}

func (g *Group) over() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.running == 0
}

func (g *Group) keep(value any) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if value != nil && g.panic == nil {
		g.panic = &Panic{value, string(debug.Stack())}
	}
}

// Wait waits until no goroutine of the group is running. A goroutine of the group may start
// others meanwhile; only one caller may wait. If one has panicked, Wait panics with a
// [*Panic].
func (g *Group) Wait(ctx context.Context) {
	if s, ok := spawnerOf(ctx); ok {
		s.Wait(ctx, g.over)
	} else {
		g.wait()
	}
	if g.panic != nil {
		panic(g.panic)
	}
}

func (g *Group) wait() {
	g.mu.Lock()
	if g.running == 0 {
		g.mu.Unlock()
		return
	}
	idle := make(chan struct{})
	g.idle = idle
	g.mu.Unlock()
	<-idle
}

// After calls f on a goroutine of its own after a time, unless it is stopped before. It may
// be running while stop returns.
func After(ctx context.Context, d time.Duration, f func(ctx context.Context)) (stop func()) {
	if s, ok := spawnerOf(ctx); ok {
		return s.After(ctx, d, f)
	}
	timer := time.AfterFunc(d, func() { f(ctx) })
	return func() { timer.Stop() }
}
