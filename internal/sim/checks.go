package sim

import "github.com/flowcraft-go/flowcraft/internal/fault"

// checks are the invariants and the sightings of a world, each by its moments.
type checks []moments

// sawRefused is called with a claim or a commit whose condition did not hold.
func (all checks) sawRefused(seen refusedSeen) {
	for _, c := range all {
		if c.refused != nil {
			c.refused(seen)
		}
	}
}

// sawRequest is called when a request begins, with the fault that hits it.
func (all checks) sawRequest(r fault.Request, kind fault.Kind) {
	for _, c := range all {
		if c.asked != nil {
			c.asked(r, kind)
		}
	}
}

// sawLoad is called with a request that fails by load.
func (all checks) sawLoad(r fault.Request, kind fault.Kind) {
	for _, c := range all {
		if c.loaded != nil {
			c.loaded(r, kind)
		}
	}
}

// sawGiven is called when a process holds large values for its task.
func (all checks) sawGiven(p *process) {
	for _, c := range all {
		if c.given != nil {
			c.given(p)
		}
	}
}

// sawAnswer is called with a request that has taken effect, or at which its process
// has died.
func (all checks) sawAnswer(r fault.Request, kind fault.Kind, err error) {
	for _, c := range all {
		if c.answered != nil {
			c.answered(r, kind, err)
		}
	}
}

// sawReceived is called when a process begins with its message.
func (all checks) sawReceived(p *process) {
	for _, c := range all {
		if c.received != nil {
			c.received(p)
		}
	}
}

// sawSettled is called when a process that has lived to its end is about to answer its
// message.
func (all checks) sawSettled(p *process) {
	for _, c := range all {
		if c.settled != nil {
			c.settled(p)
		}
	}
}

// sawReturned is called when a process returns its message to the queue.
func (all checks) sawReturned(p *process, err error) {
	for _, c := range all {
		if c.returned != nil {
			c.returned(p, err)
		}
	}
}

// sawAcknowledged is called when a process acknowledges its message.
func (all checks) sawAcknowledged(p *process) {
	for _, c := range all {
		if c.acknowledged != nil {
			c.acknowledged(p)
		}
	}
}

// sawDropped is called when a timer of a run is dropped.
func (all checks) sawDropped(r *run) {
	for _, c := range all {
		if c.dropped != nil {
			c.dropped(r)
		}
	}
}

// sawLock is called with the answer to a request for a lock.
func (all checks) sawLock(seen lockSeen) {
	for _, c := range all {
		if c.locked != nil {
			c.locked(seen)
		}
	}
}

// sawRelease is called when an owner has given a lock back.
func (all checks) sawRelease(key, owner string) {
	for _, c := range all {
		if c.released != nil {
			c.released(key, owner)
		}
	}
}
