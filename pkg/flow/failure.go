package flow

import "slices"

// Failure is an error as it is stored and reported.
type Failure struct {
	Code    string   `json:"code"`
	Message string   `json:"message"`
	NodeID  string   `json:"nodeId,omitempty"`
	Scope   string   `json:"scope,omitempty"`
	Attempt int      `json:"attempt,omitempty"`
	Cause   []string `json:"cause,omitempty"` // the messages of the wrapped errors, outermost first
}

// Err returns the failure as an error of the run, a [*NodeError].
func (f *Failure) Err(runID string) error {
	var err error
	for _, message := range slices.Backward(f.Cause) {
		err = &causeError{message, err}
	}
	return &NodeError{RunID: runID, NodeID: f.NodeID, Scope: f.Scope, Attempt: f.Attempt, Code: f.Code, Err: &causeError{f.Message, err}}
}

// String returns the failure on one line.
func (f *Failure) String() string {
	if f == nil {
		return "no failure"
	}
	if f.NodeID == "" {
		return f.Code + ": " + f.Message
	}
	return "node " + f.NodeID + ": " + f.Code + ": " + f.Message
}

// causeError is a link of a cause chain that was stored as text.
type causeError struct {
	message string
	cause   error
}

func (e *causeError) Error() string { return e.message }
func (e *causeError) Unwrap() error { return e.cause }
