package fault

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// ErrInjected is the error of a request that a fault has hit, and of all
// requests of a worker that has crashed.
var ErrInjected = errors.New("injected fault")

// Injector is a [state.Store] and a [state.Sender] that names and counts the
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
	queue state.Sender

	mu       sync.Mutex
	requests []Request
	script   script
	hit      []Hit
	crashed  bool
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

// NewInjector returns an injector of no fault yet.
func NewInjector(store state.Store, queue state.Sender) *Injector {
	return &Injector{store: store, queue: queue}
}

// Inject plans a fault. Its request is counted from now on.
func (i *Injector) Inject(p Plan) error {
	if !able(p.Kind, i.Redeliver != nil, i.Expire != nil) {
		return fmt.Errorf("inject %q: this harness does not have it", p)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.script.plans = append(i.script.plans, &Pending{Plan: p})
	return nil
}

// able reports whether a fault can come, in a harness that can redeliver messages
// and let leases expire, or not.
func able(kind Kind, redeliver, expire bool) bool {
	switch kind {
	case RequestLost, AnswerLost, Repeated, Refused, PartialSend, CrashBefore, CrashAfter:
		return true
	case Duplicate, DuplicateNew, CrashAfterDuplicate:
		return redeliver
	case ZombieBefore, ZombieAfter:
		return redeliver && expire
	}
	return false
}

// Before calls do right before a request, which is given as in a plan: "commit b",
// "the 2nd load". It is counted from now on.
func (i *Injector) Before(request string, do func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	at := Pending{}
	at.Request, at.Nth = occurrence(request)
	i.script.interludes = append(i.script.interludes, &interlude{at, do})
}

// Clear cancels all plans and calls that have not occurred yet.
func (i *Injector) Clear() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.script = script{}
}

// Waiting names the plans whose request has not come yet.
func (i *Injector) Waiting() []string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.script.waiting()
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
	before, plan = i.script.next(r)
	if plan.Kind != "" {
		i.hit = append(i.hit, Hit{plan, r, len(i.requests)})
	}
	return before, plan, false
}

func (i *Injector) crash() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.crashed = true
}
