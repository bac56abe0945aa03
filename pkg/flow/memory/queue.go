package memory

import (
	"container/heap"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

var _ state.Queue = (*Queue)(nil)

// MaxBody is the limit of one message, body and attributes, in bytes.
const MaxBody = 1 << 20

// Queue is a [state.Queue] in memory that delivers like SQS: at least once, with
// delays, a visibility timeout, receive counts and dead letters. Its clock,
// [Queue.Now], runs with real time and jumps over every wait of [Queue.Drain]
// unless [RealTime] is set; an engine on this queue must use it as its Config.Now.
// Message ids are m-1, m-2, … in the order of sending. A Queue is safe for
// concurrent use.
type Queue struct {
	visibility  time.Duration
	maxReceives int
	maxHandled  int
	arrived     chan struct{}
	draining    sync.Mutex

	mu      sync.Mutex
	clock   clock
	sent    int
	waiting deliveries
	dead    []DeadLetter
}

// String tells how many messages are in the queue, and shows none.
func (q *Queue) String() string {
	q.mu.Lock()
	defer q.mu.Unlock()
	return fmt.Sprintf("a queue in memory of %d messages, and %d dead letters", len(q.waiting), len(q.dead))
}

// clock runs with real time, and may be ahead of it.
type clock struct {
	realTime bool      // it is never ahead
	start    time.Time // its time at first
	origin   time.Time // the same moment in real time
	skipped  time.Duration
}

func (c *clock) now() time.Time { return c.start.Round(0).Add(time.Since(c.origin) + c.skipped) }

// DeadLetter is a message that was given up, with the reason.
type DeadLetter struct {
	state.Message
	Err error
}

// String names the message, whose body it does not show, and why it was given up.
func (d DeadLetter) String() string { return fmt.Sprintf("%s, given up: %v", d.Message, d.Err) }

// QueueOption changes a new queue.
type QueueOption func(*Queue)

// RealTime makes Drain wait for delays instead of jumping over them.
func RealTime() QueueOption { return func(q *Queue) { q.clock.realTime = true } }

// StartAt sets the queue's clock; the default is the real time.
func StartAt(t time.Time) QueueOption { return func(q *Queue) { q.clock.start = t } }

// Visibility sets how long a message whose handling never returned stays invisible;
// the default is 6 minutes.
func Visibility(d time.Duration) QueueOption { return func(q *Queue) { q.visibility = d } }

// MaxReceives sets how often a message is delivered before it becomes a dead
// letter; the default is 5.
func MaxReceives(n int) QueueOption { return func(q *Queue) { q.maxReceives = n } }

// MaxHandled limits the deliveries of one Drain, which then ends with
// [ErrMaxHandled]; the default is no limit.
func MaxHandled(n int) QueueOption { return func(q *Queue) { q.maxHandled = n } }

// NewQueue returns an empty queue.
func NewQueue(options ...QueueOption) *Queue {
	now := time.Now()
	q := &Queue{clock: clock{origin: now, start: now}, visibility: 6 * time.Minute, maxReceives: 5, arrived: make(chan struct{}, 1)}
	for _, option := range options {
		option(q)
	}
	return q
}

// Now returns the time of the queue's clock.
func (q *Queue) Now() time.Time {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.clock.now()
}

// Send implements [state.Queue]. It accepts all messages or none: a delay
// beyond [state.MaxDelay], an empty body and more than [MaxBody] are refused.
// Delays are rounded up to the second.
func (q *Queue) Send(ctx context.Context, messages ...flow.Outgoing) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	for i, m := range messages {
		if err := check(m); err != nil {
			return fmt.Errorf("send message %d of %d: %w", i+1, len(messages), err)
		}
	}
	q.push(time.Time{}, messages...)
	return nil
}

// push puts messages into the queue, visible after their delay, but not before
// notBefore.
func (q *Queue) push(notBefore time.Time, messages ...flow.Outgoing) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := q.clock.now()
	for _, m := range messages {
		q.sent++
		heap.Push(&q.waiting, &delivery{
			number:    q.sent,
			visibleAt: later(now.Add((m.Delay + time.Second - 1).Truncate(time.Second)), notBefore),
			message:   state.Message{ID: "m-" + strconv.Itoa(q.sent), Body: m.Body, Attributes: maps.Clone(m.Attributes)},
		})
	}
	select {
	case q.arrived <- struct{}{}:
	default:
	}
}

func check(m flow.Outgoing) error {
	size := len(m.Body)
	for name, value := range m.Attributes {
		size += len(name) + len("String") + len(value)
	}
	switch {
	case m.Body == "":
		return fmt.Errorf("the body is empty")
	case size > MaxBody:
		return fmt.Errorf("body and attributes have %d bytes: the limit is %d", size, MaxBody)
	case m.Delay < 0 || m.Delay > state.MaxDelay:
		return fmt.Errorf("delay %s: from 0 to %s is allowed", m.Delay, state.MaxDelay)
	}
	return nil
}

// Len counts the messages that are waiting, delayed or in flight.
func (q *Queue) Len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting)
}

// Dead returns the dead letters, in the order in which they were given up.
func (q *Queue) Dead() []DeadLetter {
	q.mu.Lock()
	defer q.mu.Unlock()
	dead := slices.Clone(q.dead)
	for i := range dead {
		dead[i].Attributes = maps.Clone(dead[i].Attributes)
	}
	return dead
}

// delivery is a message in the queue.
type delivery struct {
	message   state.Message
	number    int
	visibleAt time.Time
	index     int // in the heap
}

// deliveries is a heap: the first visible first, then the first sent.
type deliveries []*delivery

func (d deliveries) Len() int { return len(d) }

func (d deliveries) Less(i, j int) bool {
	if c := d[i].visibleAt.Compare(d[j].visibleAt); c != 0 {
		return c < 0
	}
	return d[i].number < d[j].number
}

func (d deliveries) Swap(i, j int) {
	d[i], d[j] = d[j], d[i]
	d[i].index, d[j].index = i, j
}

func (d *deliveries) Push(x any) {
	item := x.(*delivery)
	item.index = len(*d)
	*d = append(*d, item)
}

func (d *deliveries) Pop() any {
	last := len(*d) - 1
	item := (*d)[last]
	(*d)[last] = nil
	*d = (*d)[:last]
	return item
}

// Visible implements [state.Backlog].
func (q *Queue) Visible(context.Context) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	visible := 0
	for _, d := range q.waiting {
		if !d.visibleAt.After(q.clock.now()) {
			visible++
		}
	}
	return visible, nil
}
