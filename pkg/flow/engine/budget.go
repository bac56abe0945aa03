package engine

import (
	"context"
	"time"
)

// budget is the time until which a tick may begin work; the zero time means no limit.
type budget struct {
	now    func() time.Time
	begins time.Time
	ends   time.Time
}

func (r *Reconciler) budget(ctx context.Context) budget {
	b := budget{now: r.config.Now, begins: r.config.Now()}
	if deadline, ok := ctx.Deadline(); ok {
		b.ends = deadline.Add(-r.config.Reserve)
	}
	return b
}

// half ends early enough to leave the same time for other work.
func (b budget) half() budget {
	if !b.ends.IsZero() {
		b.ends = b.begins.Add(b.ends.Sub(b.begins) / 2)
	}
	return b
}

func (b budget) left(ctx context.Context) bool {
	return ctx.Err() == nil && (b.ends.IsZero() || b.now().Before(b.ends))
}
