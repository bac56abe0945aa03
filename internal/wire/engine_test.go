package wire_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/internal/wire"
)

// TestEngine hits every request of every case with every fault that its service
// knows: once, so that a retry right after it succeeds and code above the SDK, the
// store and the queue must not notice; and with one of the faults for as long as they
// retry, so that the message comes back. Those take turns at the requests of an
// operation: the suite of the engine shows over the store in memory how it goes on
// after each fault at each request. Each time the run must have the same result as
// without a fault.
func TestEngine(t *testing.T) {
	if testing.Short() {
		t.Skip("1,400 runs take half a minute")
	}
	t.Parallel()
	db, queues := startServers(t)
	var requests, trials atomic.Int64
	t.Run("cases", func(t *testing.T) {
		for i, c := range testCases {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				x := &struckCase{stack: newStack(t, db, queues, c.id()), c: &c, first: i}
				x.want, x.clean = clean(t, x.stack, &c)
				x.run(t)
				requests.Add(int64(len(x.clean.wire.Requests())))
				trials.Add(int64(x.trials))
			})
		}
	})
	t.Logf("%d requests, each hit by every fault once in %d runs", requests.Load(), trials.Load())
}

// The numbers of times that a request is made before its caller gives up.
const (
	patienceSDK   = 3
	patienceStore = 8 // but for writes that record finished work, which go on to the deadline
	patienceQueue = 4
)

// patience returns how often a fault strikes a request that is repeated in vain.
func patience(kind fault.Kind, r wire.Request) int {
	switch kind {
	case fault.RequestLost, fault.AnswerLost:
		if r.Service == wire.DynamoDB {
			return patienceSDK * patienceStore
		}
		return patienceSDK
	case fault.Conflict, fault.PartialRead: // of a partial read there is no limit: there is progress, to the last key
		return patienceStore
	case fault.PartialSend:
		return patienceQueue
	}
	return 0
}

// struckCase is a case, and its result without a fault.
type struckCase struct {
	stack  *stack
	c      *testCase
	want   outcome
	clean  *trial
	first  int // whose turn it is at the first request of an operation
	trials int
}

func (x *struckCase) run(t *testing.T) {
	requests := x.clean.wire.Requests()
	turns := map[string]int{} // by operation
	for n, r := range requests {
		if n > 0 && r.Index != "" && keyCondition(r) == keyCondition(requests[n-1]) {
			continue // the same query of another shard
		}
		var lasting []fault.Kind
		for _, kind := range wire.Faults() {
			if !wire.Strikes(kind, r) {
				continue
			}
			x.strike(t, fault.Plan{Kind: kind, Nth: n + 1}, r, 1)
			if patience(kind, r) > 0 {
				lasting = append(lasting, kind)
			}
		}
		if len(lasting) > 0 {
			kind := lasting[(x.first+turns[r.Operation])%len(lasting)]
			turns[r.Operation]++
			x.strike(t, fault.Plan{Kind: kind, Nth: n + 1}, r, patience(kind, r))
		}
	}
}

// keyCondition returns the condition of a query.
func keyCondition(r wire.Request) string {
	var query struct{ TableName, IndexName, KeyConditionExpression string }
	if err := json.Unmarshal(r.Body, &query); err != nil {
		return err.Error()
	}
	return query.TableName + query.IndexName + query.KeyConditionExpression
}

func (x *struckCase) strike(t *testing.T, plan fault.Plan, r wire.Request, times int) {
	t.Helper()
	x.trials++
	tr := newTrial(t, x.stack, x.c, fmt.Sprintf("%s-%d-%d-%d", x.c.id(), plan.Nth, slices.Index(wire.Faults(), plan.Kind), times))
	tr.wire.Strike(plan, times)
	permitted := 0
	if times > 1 {
		permitted = 1
	}
	got, problems := tr.outcome(t.Context(), permitted)
	if tr.wire.Struck() == 0 {
		problems = append(problems, "there was no such request")
	}
	givenUp := times > 1 && x.c.once != "" && got.Failed == x.c.once+" worker_died"
	if got != x.want && !givenUp {
		problems = append(problems, fmt.Sprintf("the run came to\n%s\nwant\n%s", got.Report, x.want.Report))
	}
	if tr.rescued > 0 {
		problems = append(problems, fmt.Sprintf("%d messages were lost: the reconciler had to send them again", tr.rescued))
	}
	if times == 1 && r.Operation != "SendMessageBatch" {
		problems = append(problems, tr.noticed(x.clean)...)
	}
	for _, problem := range problems {
		t.Errorf("%s, %d times: %s: %s", plan, times, r, problem)
	}
	if len(problems) > 0 {
		t.Fatalf("%s, %d times: %s: the requests were:\n%s", plan, times, r, tr.trace(plan.Nth))
	}
}

// noticed lists the signs of a fault in the messages.
func (tr *trial) noticed(clean *trial) (problems []string) {
	if tr.returned > 0 {
		problems = append(problems, fmt.Sprintf("%d messages were returned", tr.returned))
	}
	if tr.handled != clean.handled {
		problems = append(problems, fmt.Sprintf("%d messages were handled, without the fault %d", tr.handled, clean.handled))
	}
	return problems
}
