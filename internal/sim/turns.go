package sim

import (
	"context"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/semaphore"
)

var _ semaphore.Waiter = turns{}

// turns lets processes wait for each other in the world's time. Where workers do not take
// batches, the messages of a sandbox stand for invocations one after the other, which
// never wait for each other.
type turns struct{ sandbox *sandbox }

// turnPoll is the time between two looks at a semaphore.
const turnPoll = 100 * time.Millisecond

// Wait implements [semaphore.Waiter].
func (t turns) Wait(ctx context.Context, try func() bool) (bool, error) {
	hosts := t.sandbox.hosts
	if !hosts.setting.batching {
		return false, nil
	}
	if try() {
		return true, nil
	}
	p := hosts.scheduler.current
	hosts.scheduler.trace(p, "waits for its turn")
	p.awaits, p.awaited = true, true
	defer func() { p.awaits = false }()
	for !try() {
		hosts.scheduler.pause(turnPoll)
		hosts.scheduler.steps-- // a look is no event of the world
		if p.dead {
			return false, errDead
		}
		if ctx.Err() != nil {
			p.waited = true
			return false, context.Cause(ctx)
		}
	}
	return true, nil
}
