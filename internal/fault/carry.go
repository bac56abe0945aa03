package fault

import (
	"context"
	"fmt"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

var (
	_ state.Store  = (*Injector)(nil)
	_ state.Sender = (*Injector)(nil)
)

// Create implements [state.Store].
func (i *Injector) Create(ctx context.Context, run state.Run) (state.Run, error) {
	return carry(ctx, i, CreateRun, run, func(ctx context.Context, _ Plan) (state.Run, error) { return i.store.Create(ctx, run) })
}

// Load implements [state.Store].
func (i *Injector) Load(ctx context.Context, set state.ReadSet) (state.Snapshot, error) {
	return carry(ctx, i, Load, set, func(ctx context.Context, _ Plan) (state.Snapshot, error) { return i.store.Load(ctx, set) })
}

// Claim implements [state.Store].
func (i *Injector) Claim(ctx context.Context, c state.Claim) (state.TaskRecord, error) {
	return carry(ctx, i, ClaimRequest(c), c, func(ctx context.Context, _ Plan) (state.TaskRecord, error) { return i.store.Claim(ctx, c) })
}

// Commit implements [state.Store].
func (i *Injector) Commit(ctx context.Context, t state.Transition) (state.TaskRecord, error) {
	return carry(ctx, i, CommitRequest(t), t, func(ctx context.Context, _ Plan) (state.TaskRecord, error) { return i.store.Commit(ctx, t) })
}

// Arrive implements [state.Store].
func (i *Injector) Arrive(ctx context.Context, a state.Arrival) (state.Join, error) {
	return carry(ctx, i, ArriveRequest(a), a, func(ctx context.Context, _ Plan) (state.Join, error) { return i.store.Arrive(ctx, a) })
}

// Send implements [state.Sender].
func (i *Injector) Send(ctx context.Context, messages ...flow.Outgoing) error {
	_, err := carry(ctx, i, SendRequest(messages), messages, func(ctx context.Context, p Plan) (struct{}, error) {
		accepted := messages
		if p.Kind == PartialSend {
			accepted = messages[:min(p.Part, len(messages))]
		}
		return struct{}{}, i.queue.Send(ctx, accepted...)
	})
	return err
}

// carry counts a request and makes it, subject to the fault that hits it.
func carry[T any](ctx context.Context, i *Injector, r Request, args any, request func(context.Context, Plan) (T, error)) (result T, err error) {
	before, plan, crashed := i.next(r)
	if crashed {
		return result, fmt.Errorf("%s: the worker has crashed: %w", r, ErrInjected)
	}
	for _, do := range before {
		do()
	}
	result, err = strike(i, r, plan, func() (T, error) { return request(named(ctx, r), plan) })
	if i.Answered != nil {
		i.Answered(Answer{r, Detail(args), plan.Kind, err})
	}
	return result, err
}

// strike lets a fault hit a request; the zero plan is no fault.
func strike[T any](i *Injector, r Request, p Plan, request func() (T, error)) (T, error) {
	fail := func() (T, error) { return *new(T), fmt.Errorf("%s: %s: %w", r, p.Kind, ErrInjected) }
	switch p.Kind {
	case RequestLost, Refused:
		return fail()
	case CrashBefore:
		i.crash()
		return fail()
	case Repeated:
		_, _ = request()
	case Duplicate, DuplicateNew:
		i.Redeliver(p.Kind == DuplicateNew)
	case ZombieBefore:
		i.Expire()
		i.Redeliver(true)
	}
	result, err := request()
	switch p.Kind {
	case AnswerLost, PartialSend:
		return fail()
	case CrashAfter:
		i.crash()
		return fail()
	case CrashAfterDuplicate:
		i.Redeliver(true)
		i.crash()
		return fail()
	case ZombieAfter:
		i.Expire()
		i.Redeliver(true)
	}
	return result, err
}

// contextKey is the key of the request in a request's context.
type contextKey struct{}

func named(ctx context.Context, r Request) context.Context {
	return context.WithValue(ctx, contextKey{}, r)
}

// RequestOf returns the engine's request on whose behalf a service is called.
func RequestOf(ctx context.Context) (Request, bool) {
	r, ok := ctx.Value(contextKey{}).(Request)
	return r, ok
}
