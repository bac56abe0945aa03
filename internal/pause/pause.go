// Package pause waits in real time.
package pause

import (
	"context"
	"time"
)

// For returns after d, or with the cause of ctx's end when that comes first.
func For(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
