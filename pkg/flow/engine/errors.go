package engine

import (
	"errors"
	"strings"
	"time"
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

// ConfigError reports a setting, or several together, that would break a guarantee.
type ConfigError struct {
	Fields []string // of [Config] or [ReconcilerConfig]
	Reason string
}

func (e *ConfigError) Error() string { return strings.Join(e.Fields, ", ") + ": " + e.Reason }

var (
	errNoRun            = errors.New("there is no such run")
	errNoImplementation = errors.New("this worker lacks the code: the message waits for one that has it, deploy one")
	errGoexit           = errors.New("the node's code ended its goroutine")
	errStillRuns        = errors.New("the code of an earlier attempt still runs in this process, and must run at most once at a time: the message comes back")
	errTimeUp           = errors.New("the worker's time for the message is up")
	errTaskOver         = errors.New("the task is over: its context can no longer be used")
)
