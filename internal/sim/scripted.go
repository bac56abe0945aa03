package sim

import "github.com/flowcraft-go/flowcraft/internal/fault"

// Scripted is a fault planned by hand: it hits a request of the workers, or of the
// reconcilers if it is a reconciler's fault.
type Scripted struct {
	fault.Plan
	Lost bool          // the queue never redelivers the worker's message
	Hit  fault.Request // the request that was hit
}

// numbered plans a fault of the n-th request.
func numbered(kind fault.Kind, n int) Scripted { return Scripted{Plan: fault.Plan{Kind: kind, Nth: n}} }

// planned plans a fault by its sentence.
func planned(sentence string) Scripted {
	plan, err := fault.Parse(sentence)
	if err != nil {
		panic(err)
	}
	return Scripted{Plan: plan}
}

// lost adds the loss of the worker's message to the fault.
func (s Scripted) lost() Scripted {
	s.Lost = true
	return s
}

// String returns the plan, and the request that was hit.
func (s Scripted) String() string {
	text := s.Plan.String()
	if s.Request == "" && s.Hit != (fault.Request{}) {
		text += ", " + s.Hit.String() + ","
	}
	if s.Lost {
		text += " and lose the message"
	}
	return text
}

// scripted is a fault that has not occurred yet.
type scripted struct {
	Scripted
	pending fault.Pending
}
