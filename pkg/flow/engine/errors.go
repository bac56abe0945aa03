package engine

import (
	"errors"
	"strings"
	"time"
)

// ErrNoTime says that a message was not begun, since too little time is left for
// it: it is to come back at once, to an invocation with more.
var ErrNoTime = errors.New("too little time is left: the message comes back")

// HeldError says that a message must not be handled before Until, because
// somebody else holds the lease.
type HeldError struct {
	Until time.Time
}

func (e *HeldError) Error() string { return "held until " + e.Until.UTC().Format(time.RFC3339) }

// ConfigError is a setting, or several together, that would break a guarantee.
type ConfigError struct {
	Fields []string // of [Config] or [ReconcilerConfig]
	Reason string
}

func (e *ConfigError) Error() string { return strings.Join(e.Fields, ", ") + ": " + e.Reason }

var (
	errNoRun            = errors.New("there is no such run")
	errNoImplementation = errors.New("this worker lacks the code: the message waits for one that has it, deploy one")
	errGoexit           = errors.New("the node's code ended its goroutine")
	errTaskOver         = errors.New("the task is over: its context can no longer be used")
)
