package fault

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// ErrInjected is the error of a request that a fault has hit, and of all
// requests of a worker that has crashed.
var ErrInjected = errors.New("injected fault")

// Injector is a [state.Store] and a [flow.Sender] that names and counts the
// requests to both, and lets faults hit some of them. Each call of a store's method
// and each Send is one request. It is safe for concurrent use; its hooks must be
// set before the first request.
type Injector struct {
	// Redeliver handles the current message once more, as queues do that deliver
	// twice. With asNew its receive count stays the same: such a duplicate does
	// the most harm.
	Redeliver func(asNew bool)
	// Expire lets every live lease expire.
	Expire func()
	// Answered is called with every request and its answer.
	Answered func(Answer)

	store state.Store
	queue flow.Sender

	mu         sync.Mutex
	requests   []Request
	plans      []*Pending
	interludes []*interlude
	hit        []Hit
	crashed    bool
}

// Answer is a request, and its answer.
type Answer struct {
	Request Request
	Detail  string // see [Detail]
	Fault   Kind   // that hit it; "" is none
	Err     error
}

// Hit is a fault that has occurred.
type Hit struct {
	Plan    Plan
	Request Request
	Number  int // of the request among all, from 1
}

// interlude is a call right before a request.
type interlude struct {
	at Pending
	do func()
}

// NewInjector returns an injector without faults.
func NewInjector(store state.Store, queue flow.Sender) *Injector {
	return &Injector{store: store, queue: queue}
}

// Inject plans a fault. Its request is counted from now on.
func (i *Injector) Inject(p Plan) error {
	if err := i.able(p.Kind); err != nil {
		return fmt.Errorf("inject %q: %w", p, err)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.plans = append(i.plans, &Pending{Plan: p})
	return nil
}

func (i *Injector) able(kind Kind) error {
	switch kind {
	case RequestLost, AnswerLost, Repeated, Refused, PartialSend, CrashBefore, CrashAfter:
		return nil
	case Duplicate, DuplicateNew, CrashAfterDuplicate:
		if i.Redeliver != nil {
			return nil
		}
	case ZombieBefore, ZombieAfter:
		if i.Redeliver != nil && i.Expire != nil {
			return nil
		}
	}
	return errors.New("this harness does not support it")
}

// Before calls do right before a request, which is given as in a plan: "commit b",
// "the 2nd load". It is counted from now on.
func (i *Injector) Before(request string, do func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	at := Pending{}
	at.Request, at.Nth = occurrence(request)
	i.interludes = append(i.interludes, &interlude{at, do})
}

// Clear cancels all plans and calls that have not occurred yet.
func (i *Injector) Clear() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.plans, i.interludes = nil, nil
}

// Waiting names the plans whose request has not occurred yet.
func (i *Injector) Waiting() (waiting []string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, p := range i.plans {
		waiting = append(waiting, p.String())
	}
	for _, s := range i.interludes {
		waiting = append(waiting, "something before "+s.at.Request)
	}
	return waiting
}

// Hits returns the faults that have occurred.
func (i *Injector) Hits() []Hit {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.Clone(i.hit)
}

// Requests returns the requests so far, in order.
func (i *Injector) Requests() []Request {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.Clone(i.requests)
}

// Revive replaces a crashed worker, and reports whether there was one.
func (i *Injector) Revive() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	crashed := i.crashed
	i.crashed = false
	return crashed
}

// next counts a request, and returns the calls to make right before it, and the
// plan that hits it. A crashed worker makes no requests.
func (i *Injector) next(r Request) (before []func(), plan Plan, crashed bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.crashed {
		return nil, Plan{}, true
	}
	i.requests = append(i.requests, r)
	i.interludes = slices.DeleteFunc(i.interludes, func(s *interlude) bool {
		due := s.at.Hits(r)
		if due {
			before = append(before, s.do)
		}
		return due
	})
	i.plans = slices.DeleteFunc(i.plans, func(p *Pending) bool {
		due := p.Hits(r) && plan.Kind == ""
		if due {
			plan = p.Plan
			i.hit = append(i.hit, Hit{plan, r, len(i.requests)})
		}
		return due
	})
	return before, plan, false
}

func (i *Injector) crash() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.crashed = true
}
