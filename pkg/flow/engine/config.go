package engine

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/decide"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// Config holds every setting of an [Engine] that has a default: the zero value is a
// working configuration.
type Config struct {
	// Blueprints are those that new runs can be started with.
	Blueprints []*flow.Blueprint
	// Middleware wraps every node's code; the first one is outermost.
	Middleware []flow.Middleware
	// Logger receives the log lines; nil discards them.
	Logger *slog.Logger
	// Retention is the time for which a run can be read after its maximum duration has
	// passed; 0 means 90 days.
	Retention time.Duration
	// MaxRun is the maximum duration of a run whose blueprint sets none
	// (metadata.timeout): a run that takes longer fails; 0 means 30 days.
	MaxRun time.Duration
	// Timeout is the worker's: the time one message may take if its context has no
	// deadline of its own; 0 means 60 s.
	Timeout time.Duration
	// Reserve is the part of that time that is kept for commits and sends; 0 means 3
	// s.
	Reserve time.Duration
	// NodeTimeout is the timeout of a node that sets none; 0 means 20 s.
	NodeTimeout time.Duration
	// StalledAfter is the age from which the reconciler considers a run stalled; 0
	// means 5 min. It must be at least 4/3 × (Timeout + 5 s), so that a run with a
	// live worker is never considered stalled.
	StalledAfter time.Duration
	// MaxStarts limits the starts of a task without an outcome; 0 means 5, and 2 is the
	// least.
	MaxStarts int
	// MaxHops limits the messages between a run's start and a task; 0 means 10,000.
	MaxHops int
	// MaxReceives is the number of times the queue delivers a message before it
	// becomes a dead letter: near that number, live work is sent again instead of
	// running; 0 means 5.
	MaxReceives int
	// MissingCode is the time, from its first receipt, for which a job waits for a worker
	// that has its code; then its run fails. 0 means 24 h.
	MissingCode time.Duration
	// MissingBlueprint is the time for which a start waits for a worker that has its
	// blueprint; then it becomes a dead letter. 0 means 1 h.
	MissingBlueprint time.Duration
	// Role is the unique id of the worker's own role, as in [state.Message.Sender]: facts
	// that messages state about earlier ones are believed of it only. "" means that every
	// sender is believed.
	Role string
	// Parallel limits the messages that are worked on at the same time; others wait for
	// their turn, and come back if it does not come in time. 0 means 32.
	Parallel int
	// Strands limits the tasks of one message that run side by side: a message keeps the
	// tasks that it leads on to, as far as they are short. 0 means 16.
	Strands int
	// Spread is how long the strands of a message may all work without finishing a task:
	// then half of the tasks that were kept are sent, so that other workers begin them. 0
	// means 200 ms; a negative one that no task waits.
	Spread time.Duration
	// MaxValue limits one value (an output, a context key) in bytes of JSON; 0 means 5
	// MB.
	MaxValue int
	// MaxInput limits the values that are read for one task (its inputs, and what its
	// expressions name), the values that one task writes, and the outputs of a run's ends,
	// each together, in bytes of JSON; 0 means 32 MB. It is never above a quarter of
	// Memory.
	MaxInput int
	// Memory is that of the process, in bytes: inputs that are loaded, and outcomes, take
	// at most half of it at a time, and those that are being recorded an eighth. 0 means
	// that it is not known, and not limited.
	Memory int
	// Events is called with the event of every log line, by many goroutines: in order for each
	// chain of nodes, but for [flow.CodeStillRunning], which comes by itself.
	Events func(flow.Event)
	// Now, NewID and Jitter (in [0,1)) provide time and randomness; nil means the real
	// ones.
	Now    func() time.Time
	NewID  func() string
	Jitter func() float64
}

// mostHeld is the number of bytes of outcomes that a chain keeps for the tasks that
// follow: all chains together take at most a quarter of the memory.
func (c Config) mostHeld() int {
	if c.Memory <= 0 {
		return decide.MaxHeld
	}
	return min(decide.MaxHeld, c.Memory/4/max(c.Parallel, 1))
}

func (c Config) withDefaults() Config {
	c.Logger = cmp.Or(c.Logger, slog.New(slog.DiscardHandler))
	c.Retention = cmp.Or(c.Retention, 90*24*time.Hour)
	c.MaxRun = cmp.Or(c.MaxRun, 30*24*time.Hour)
	c.Timeout = cmp.Or(c.Timeout, time.Minute)
	c.Reserve = cmp.Or(c.Reserve, 3*time.Second)
	c.NodeTimeout = cmp.Or(c.NodeTimeout, 20*time.Second)
	c.StalledAfter = cmp.Or(c.StalledAfter, 5*time.Minute)
	c.MaxStarts = cmp.Or(c.MaxStarts, 5)
	c.MaxHops = cmp.Or(c.MaxHops, 10_000)
	c.MaxReceives = cmp.Or(c.MaxReceives, 5)
	c.MissingCode = cmp.Or(c.MissingCode, 24*time.Hour)
	c.MissingBlueprint = cmp.Or(c.MissingBlueprint, time.Hour)
	c.Parallel = cmp.Or(c.Parallel, 32)
	c.Strands = cmp.Or(c.Strands, 16)
	c.Spread = cmp.Or(c.Spread, 200*time.Millisecond)
	c.MaxValue = cmp.Or(c.MaxValue, 5_000_000)
	c.MaxInput = cmp.Or(c.MaxInput, 32_000_000)
	if c.Memory > 0 {
		c.MaxInput = min(c.MaxInput, c.Memory/4)
	}
	if c.Events == nil {
		c.Events = func(flow.Event) {}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.NewID == nil {
		c.NewID = rand.Text
	}
	if c.Jitter == nil {
		c.Jitter = mathrand.Float64
	}
	return c
}

// longestNode returns the longest node timeout that fits into one message: beside it
// and the reserve, a second (for short timeouts a tenth) must be left to begin, or the
// node would never be started.
func (c Config) longestNode() time.Duration {
	return c.Timeout - c.Reserve - min(time.Second, c.Timeout/10)
}

// life returns the maximum duration of a run of the blueprint.
func (c Config) life(b *flow.Blueprint) time.Duration { return cmp.Or(b.Timeout(), c.MaxRun) }

// expires returns the time from which the records of a run count as absent. The run's
// own item expires a week later, so that no record outlives its run.
func (c Config) expires(endsBy time.Time) time.Time { return endsBy.Add(c.Retention) }

// Fit returns c with Timeout, StalledAfter and MaxRun raised as far as the nodes of
// its Blueprints need, up to ten years: for an engine in a process of its own, where
// no worker's timeout limits a node's.
func (c Config) Fit() Config {
	const most = 10 * 365 * 24 * time.Hour
	c = c.withDefaults()
	longest := c.NodeTimeout
	for _, b := range c.Blueprints {
		if b == nil {
			continue // New reports it
		}
		for _, node := range b.Nodes {
			longest = max(longest, min(node.Config.Timeout, most))
		}
	}
	if more := longest - c.longestNode(); more > 0 {
		c.Timeout += more + time.Second
		c.StalledAfter = max(c.StalledAfter, 2*(c.Timeout+state.Skew))
	}
	c.MaxRun = max(c.MaxRun, 2*longest)
	return c
}

// validate reports every setting that would break a guarantee.
func (c Config) validate() error {
	return errors.Join(
		c.validateRuns(),
		unless(c.NodeTimeout > 0, []string{"NodeTimeout"}, "%s must be positive", c.NodeTimeout),
		unless(c.NodeTimeout <= c.longestNode(), []string{"NodeTimeout", "Reserve", "Timeout"},
			"a node may take %s, but beside the reserve of %s the worker's timeout of %s leaves %s for a node", c.NodeTimeout, c.Reserve, c.Timeout, c.longestNode()),
		unless(c.MaxRun >= time.Minute, []string{"MaxRun"}, "%s: at least 1m is needed", c.MaxRun),
		unless(c.MaxStarts > 1, []string{"MaxStarts"}, "%d must be at least 2, since a start that may have been is counted; for code that must not start twice there is at-most-once", c.MaxStarts),
		unless(c.MaxHops > 0, []string{"MaxHops"}, "%d must be positive", c.MaxHops),
		unless(c.MissingCode > 0, []string{"MissingCode"}, "%s must be positive", c.MissingCode),
		unless(c.MissingBlueprint > 0, []string{"MissingBlueprint"}, "%s must be positive", c.MissingBlueprint),
		unless(c.Parallel > 0, []string{"Parallel"}, "%d must be positive", c.Parallel),
		unless(c.Strands > 0, []string{"Strands"}, "%d must be positive", c.Strands),
		unless(c.MaxValue > 0, []string{"MaxValue"}, "%d must be positive", c.MaxValue),
		unless(c.MaxInput >= c.MaxValue, []string{"MaxInput", "MaxValue"},
			"a node's inputs may have %d bytes together, at most a quarter of the memory, and one value %d: it could never be read", c.MaxInput, c.MaxValue),
		unless(c.MaxReceives >= 2, []string{"MaxReceives"}, "%d receives: at least 2 are needed (3 to survive a crash and a return)", c.MaxReceives),
	)
}

// validateRuns checks the settings that a reconciler has, too.
func (c Config) validateRuns() error {
	return errors.Join(
		unless(c.Retention >= time.Hour, []string{"Retention"}, "%s: at least 1h is needed", c.Retention),
		unless(c.Timeout > 0 && c.Reserve > 0, []string{"Timeout", "Reserve"}, "%s and %s must be positive", c.Timeout, c.Reserve),
		unless(4*(c.Timeout+state.Skew) <= 3*c.StalledAfter, []string{"StalledAfter", "Timeout"},
			"stalled after %s: at least 4/3 × (timeout %s + %s) is needed, or the reconciler repeats running nodes", c.StalledAfter, c.Timeout, state.Skew),
	)
}

func unless(ok bool, fields []string, format string, args ...any) error {
	if ok {
		return nil
	}
	return &ConfigError{fields, fmt.Sprintf(format, args...)}
}
