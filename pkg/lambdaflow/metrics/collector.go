package metrics

import (
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
)

// Collector counts during an invocation and writes at its end. Each sandbox has one;
// it is safe for concurrent use, and a nil Collector counts nothing.
type Collector struct {
	w           io.Writer
	name        string
	byBlueprint bool
	now         func() time.Time

	mu    sync.Mutex
	tally tally
}

// tally holds the counts since the last line. A metric that is present is reported,
// even if it is 0.
type tally struct {
	runs      map[string]map[string]int // by blueprint and metric
	flow      map[string]int            // by metric
	durations []float64                 // in ms
	oldest    *int                      // run, in s; nil: no tick
}

// Config has the choices of a [Collector]; the zero value of each is its default.
type Config struct {
	// ByBlueprint keeps the metrics of runs a second time, with the dimension
	// [Blueprint]: up to four more metrics for each blueprint, which are paid for.
	ByBlueprint bool
	// Now defaults to [time.Now].
	Now func() time.Time
}

// New returns a collector that writes to w, for the deployment with that name, which
// is the value of the dimension [Flow].
func New(w io.Writer, name string, config Config) *Collector {
	if config.Now == nil {
		config.Now = time.Now
	}
	return &Collector{w: w, name: name, byBlueprint: config.ByBlueprint, now: config.Now}
}

// Observe counts an event. It serves as Events of [engine.Config].
func (c *Collector) Observe(event flow.Event) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch event.Kind {
	case flow.NodeFinished, flow.NodeRetrying, flow.NodeFailed:
		if event.Duration > 0 { // else no code ran: its worker had died
			c.tally.durations = append(c.tally.durations, float64(event.Duration.Microseconds())/1000)
		}
	}
	if metric, ok := ofRuns[event.Kind]; ok && c.byBlueprint {
		c.tally.addRun(event.BlueprintID, metric)
	} else if ok {
		c.tally.add(metric, 1)
	}
	if metric, ok := ofFlow[event.Kind]; ok {
		c.tally.add(metric, 1)
	}
}

// Tick counts the results of a tick of the reconciler, except the runs that it
// rescued: those are events.
func (c *Collector) Tick(stats engine.Stats) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tally.add(RunsStalled, stats.StalledRuns)
	c.tally.add(RunsRescued, 0)
	if stats.OldestRun >= 0 {
		c.tally.oldest = &stats.OldestRun
	}
	for metric, n := range map[string]int{
		RescuesFailed: stats.FailedRuns, TimersFired: stats.Timers, TimersFailed: stats.FailedTimers,
	} {
		if n > 0 {
			c.tally.add(metric, n)
		}
	}
}

// Returned counts messages of a batch that come back because of an error, without
// those that wait for another delivery or for time, or are rejected.
func (c *Collector) Returned(messages int) {
	if c == nil || messages == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tally.add(MessagesReturned, messages)
}

// Flush writes the counts since the last flush, and nothing if there are none: one
// line, and one more for every further blueprint whose runs started or ended, if they
// are counted by blueprint, and for every further 100 attempts, since a line holds one value of a dimension and 100 of
// a metric. A write that fails is lost, like a line of the log.
func (c *Collector) Flush(requestID string) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	documents := c.tally.documents()
	c.tally = tally{}
	for _, d := range documents {
		line, err := d.encode(c.name, requestID, c.now())
		if err != nil {
			continue // cannot happen: texts and finite numbers
		}
		_, _ = c.w.Write(line) // one write: no line of the log gets in between
	}
}

func (t *tally) add(metric string, n int) {
	if t.flow == nil {
		t.flow = map[string]int{}
	}
	t.flow[metric] += n
}

func (t *tally) addRun(blueprint, metric string) {
	if t.runs == nil {
		t.runs = map[string]map[string]int{}
	}
	if t.runs[blueprint] == nil {
		t.runs[blueprint] = map[string]int{}
	}
	t.runs[blueprint][metric]++
}

// maxValues is the maximum number of values of a metric in one line.
const maxValues = 100

// documents distributes the tally over as few lines as possible.
func (t *tally) documents() []document {
	var all []document
	for _, blueprint := range slices.Sorted(maps.Keys(t.runs)) {
		all = append(all, document{blueprint: blueprint, runs: t.runs[blueprint]})
	}
	if len(all) == 0 && len(t.flow) > 0 {
		all = []document{{}}
	}
	for i, values := range slices.Collect(slices.Chunk(t.durations, maxValues)) {
		if i == len(all) {
			all = append(all, document{})
		}
		all[i].durations = values
	}
	if len(all) > 0 {
		all[0].flow, all[0].oldest = t.flow, t.oldest
	}
	return all
}
