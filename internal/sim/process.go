package sim

import (
	"errors"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
)

// errDead is the result of every request of a killed process.
var errDead = errors.New("the process was killed")

// handling is what the strands of one message, or of one tick of a reconciler, have
// together.
type handling struct {
	home       *sandbox
	tick       bool       // of a reconciler
	strands    []*process // the first one gives the answer
	batched    bool       // it came in the batch of an earlier message
	engine     *engine.Engine
	from       time.Duration
	deadline   time.Duration // it is killed then
	worksUntil time.Duration // by its engine's settings
	dead       bool
	zombie     bool // it goes on although its lease has expired

	message  *message
	receives int

	awaited   bool // it has waited for its turn, or for memory
	waited    bool // for a turn, in vain
	hindered  bool // a fault has hit one of its requests
	ended     bool // its context has ended early, and no other fault has hit
	sent      int  // messages
	abandoned bool // it has left code behind
	rescuing  bool // of a reconciler: it has marked a run, whose jobs it sends
}

// process is a strand of a handling. It runs on a goroutine of its own, but only while it
// has the turn.
type process struct {
	*handling
	name    string
	turn    chan struct{} // of its goroutine that waits: its own or that of a node's code
	main    chan struct{} // its own
	end     func()        // of its context
	silent  bool          // it waits for an answer that never comes
	awaits  bool          // its turn, or memory
	parked  bool          // it waits for other strands
	loaded  int           // bytes of the values that its task works on, if they are many
	waiting int           // the event that wakes it
	over    bool

	running *execution    // of node code
	reached *execution    // whose outcome is not recorded yet
	knew    bool          // that its run has ended, when it last read the status
	fresh   bool          // it has read the status since its last step
	beaten  string        // the node of which another commit succeeded; it has claimed nothing since
	worked  time.Duration // in node code, since then
}

// runID returns the run of its message; "" without one.
func (p *process) runID() string {
	if p.message == nil {
		return ""
	}
	return p.message.body.RunID
}

// stopped ends the execution of node code, if there is one.
func (p *process) stopped(now time.Duration) {
	if e := p.running; e != nil {
		e.over = true
		p.worked += now - e.from
		p.running = nil
	}
}

// leave gives the running code up, which goes on for ever.
func (p *process) leave(now time.Duration) {
	if e := p.running; e != nil {
		e.stray, p.abandoned = true, true
		p.worked += now - e.from
		p.running = nil
		p.letGo() // of what nobody can take from it
		p.home.recycle()
	}
}

// letGo ends the use of the values of a task: its outcome is committed, or its reader
// reads for another one.
func (p *process) letGo() {
	if p != nil {
		p.loaded = 0
	}
}

// recorded records that a commit has taken effect, or met another one.
func (p *process) recorded() {
	if p != nil {
		p.reached = nil
	}
}
