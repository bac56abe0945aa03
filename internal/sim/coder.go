package sim

import (
	"cmp"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// coder draws the behaviour of nodes.
type coder struct {
	chance
	long bool // delays that only a timer can hold
	slow bool // nodes that use up their time
}

// draw draws the behaviour of a node's code.
func (c *coder) draw(n *node) {
	n.recent = c.one(6)
	n.silent = c.one(12)
	n.nondeterministic = !n.silent && c.one(12)
	if c.one(3) {
		n.duration = time.Duration(c.IntN(3)) * time.Second
	}
	if c.slow || c.one(8) {
		n.duration = time.Duration(5+c.IntN(14)) * time.Second
	}
	switch c.IntN(24) {
	case 0:
		n.kills = 1
	case 1:
		if c.one(3) {
			n.kills = 1000
		}
	}
	if c.one(3) {
		n.actions = []string{"a"}
	}
	if c.one(4) {
		n.actions = []string{"a", "b", ""}
	}
}

// retries draws the attempts that fail, and the retry policy.
func (c *coder) retries(n *node) {
	if n.isStart() && c.one(12) {
		n.once = true
	}
	n.attempts = c.IntN(4)
	chance := 9
	if n.fallback != nil {
		chance = 2
	}
	if c.one(chance) {
		n.fails = 1 + c.IntN(3)
		n.permanent = c.one(5)
		n.panics = !n.permanent && c.one(5)
		n.hangs = !n.permanent && !n.panics && c.one(6)
	}
	n.delay = time.Duration(c.IntN(4)) * 700 * time.Millisecond
	if c.one(6) {
		n.delay = time.Duration(c.IntN(600)) * time.Second
	}
	if c.long && n.fails > 0 && c.one(3) {
		n.delay = time.Duration(10+c.IntN(60)) * time.Minute
	}
	if c.one(3) {
		n.factor, n.jitter = 1+float64(c.IntN(3)), c.one(2)
		if c.one(2) {
			n.maxDelay = 2 * n.delay
		}
		if !c.long {
			n.maxDelay = state.MaxDelay // beyond it a reconciler is needed
		}
	}
	if c.one(30) { // more attempts than starts without an outcome are allowed
		n.fails, n.attempts, n.delay, n.hangs = 6, 7, time.Second, false
	}
	if n.primary != nil && c.one(2) {
		n.caught = true
	}
}

// longestDelay of a retry keeps worlds short. Much shorter delays already need
// timers.
const longestDelay = time.Hour

// own keeps the settings that a blueprint from outside gives to a node.
func own(g *graph, n *node, config flow.NodeConfig) {
	n.once = config.Semantics == flow.AtMostOnce
	n.mustMatch = config.NoMatch == "fail" && !n.nondeterministic
	n.attempts, n.delay = config.MaxRetries, min(config.RetryDelay, longestDelay)
	n.factor, n.maxDelay, n.jitter = 0, 0, false
	if b := config.Backoff; b != nil {
		n.factor, n.maxDelay, n.jitter = b.Factor, min(cmp.Or(b.MaxDelay, longestDelay), longestDelay), b.Jitter
	}
	n.actions = nil
	for _, e := range g.edges {
		if e.source == n && e.action != "" {
			n.actions = append(n.actions, e.action, "")
		}
	}
}
