package spawn_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/spawn"
)

func TestGroup(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var g spawn.Group
		g.Wait(t.Context()) // none
		var ended atomic.Int32
		for range 3 {
			g.Go(t.Context(), func(ctx context.Context) {
				time.Sleep(time.Second)
				g.Go(ctx, func(context.Context) {
					time.Sleep(time.Second)
					ended.Add(1)
				})
			})
		}
		began := time.Now()
		g.Wait(t.Context())
		if took := time.Since(began); took != 2*time.Second || ended.Load() != 3 {
			t.Errorf("waited for %s, and %d have ended; want 2s and 3", took, ended.Load())
		}
	})
}

func TestPanicComesToTheWaiter(t *testing.T) {
	t.Parallel()
	var g spawn.Group
	g.Go(t.Context(), func(context.Context) { panic("lost") })
	defer func() {
		p, _ := recover().(*spawn.Panic)
		if p == nil || p.Value != "lost" || !strings.Contains(p.String(), "TestPanicComesToTheWaiter") {
			t.Errorf("recovered %v, want the panic with its stack", p)
		}
	}()
	g.Wait(t.Context())
}

func TestAfter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var called atomic.Int32
		call := func(context.Context) { called.Add(1) }
		spawn.After(t.Context(), time.Second, call)
		spawn.After(t.Context(), time.Second, call)()
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if called.Load() != 1 {
			t.Errorf("called %d times, want once: the other was stopped", called.Load())
		}
	})
}

// seen counts what a simulation is asked for.
type seen struct{ started, delayed, awaited int }

func (s *seen) Go(ctx context.Context, f func(context.Context)) { s.started++; f(ctx) }

func (s *seen) After(context.Context, time.Duration, func(context.Context)) func() {
	s.delayed++
	return func() {}
}

func (s *seen) Wait(_ context.Context, over func() bool) {
	if over() {
		s.awaited++
	}
}

func TestOn(t *testing.T) {
	t.Parallel()
	s := &seen{}
	ctx := spawn.On(t.Context(), s)
	var g spawn.Group
	called := false
	g.Go(ctx, func(context.Context) { called = true })
	spawn.After(ctx, time.Hour, func(context.Context) {})
	g.Wait(ctx)
	if !called || *s != (seen{1, 1, 1}) {
		t.Errorf("called: %t, seen: %+v; want each once", called, *s)
	}
}
