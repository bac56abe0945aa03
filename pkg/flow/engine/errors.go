package engine

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// ErrNoTime says that a message was not begun because too little time is left: it must
// come back at once, to an invocation with more time.
var ErrNoTime = errors.New("too little time is left: the message comes back")

// HeldError says that a message must not be handled before Until, because another
// owner holds the lease.
type HeldError struct {
	Until time.Time
}

func (e *HeldError) Error() string { return "held until " + e.Until.UTC().Format(time.RFC3339) }

// explained returns the error of a write, with the meaning of a conflict.
func explained(err error, write, conflict string) error {
	if errors.Is(err, state.ErrConflict) {
		return fmt.Errorf("%s: %s: %w", write, conflict, err)
	}
	return fmt.Errorf("%s: %w", write, err)
}

// ConfigError reports a setting, or several together, that would break a guarantee.
type ConfigError struct {
	Fields []string // of [Config] or [ReconcilerConfig]
	Reason string
}

func (e *ConfigError) Error() string { return strings.Join(e.Fields, ", ") + ": " + e.Reason }

var (
	errUnsendable       = errors.New("the message has no room to be sent again, and comes back for as long as the queue lets it")
	errNoRun            = errors.New("there is no such run")
	errNoImplementation = errors.New("this worker lacks the code: the message waits for one that has it, deploy one")
	errGoexit           = errors.New("the node's code ended its goroutine")
	errStillRuns        = errors.New("the code of an earlier attempt still runs in this process, and must run at most once at a time: the message comes back")
	errTimeUp           = errors.New("the worker's time for the message is up")
	errTaskOver         = errors.New("the task is over: its context can no longer be used")
)
