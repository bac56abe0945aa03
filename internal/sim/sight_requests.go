package sim

import (
	"errors"

	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// Rare states that a fault of a request, or the conflict of a write, leads to.
const (
	OwnClaim             Rare = "a repeated claim meets itself"
	OwnCommit            Rare = "a repeated commit meets itself"
	OwnStart             Rare = "a repeated start meets itself"
	ClaimUnanswered      Rare = "a claim succeeds, and its answer is lost"
	CommitUnanswered     Rare = "a commit succeeds, and its answer is lost"
	ArrivalUnanswered    Rare = "an arrival succeeds, and its answer is lost"
	EndUnanswered        Rare = "a run's end is written, and its answer is lost"
	SendUnanswered       Rare = "messages are sent, and the answer is lost"
	LateClaim            Rare = "a claim takes effect after its caller gave up"
	LateCommit           Rare = "a commit takes effect after its caller gave up"
	LateArrival          Rare = "an arrival takes effect after its caller gave up"
	LateSend             Rare = "messages are sent after their caller gave up"
	LateRefused          Rare = "a write comes late, and its condition no longer holds"
	DiesUnrecorded       Rare = "a worker dies between its code's end and the commit"
	DiesRecorded         Rare = "a worker dies between the commit and all that follows"
	DiesUnsent           Rare = "a worker dies before it sends the tasks that follow"
	ReconcilerDiesMarked Rare = "a reconciler dies between its mark and its messages"
	MarkLost             Rare = "a run is touched between a reconciler's reading and its mark"
	EndedTwice           Rare = "a run's end meets another end"
	TouchOfEnded         Rare = "a worker's touch meets a run that has ended"
	LockHeld             Rare = "a reconciler finds a run locked by another"
	LockTakenOver        Rare = "a reconciler takes a lock that has expired"
)

// answerOf names a request by its verb, with a fault that has hit it.
type answerOf struct {
	verb string
	kind fault.Kind
}

// rareAnswers are the requests that took effect while a fault hit them.
var rareAnswers = map[answerOf]Rare{
	{"claim", fault.Repeated}:       OwnClaim,
	{"commit", fault.Repeated}:      OwnCommit,
	{"create", fault.Repeated}:      OwnStart,
	{"claim", fault.AnswerLost}:     ClaimUnanswered,
	{"commit", fault.AnswerLost}:    CommitUnanswered,
	{"arrive at", fault.AnswerLost}: ArrivalUnanswered,
	{"finish", fault.AnswerLost}:    EndUnanswered,
	{"send", fault.AnswerLost}:      SendUnanswered,
	{"claim", fault.LateEffect}:     LateClaim,
	{"commit", fault.LateEffect}:    LateCommit,
	{"arrive at", fault.LateEffect}: LateArrival,
	{"send", fault.LateEffect}:      LateSend,
	{"commit", fault.CrashAfter}:    DiesRecorded,
	{"commit", fault.CrashBefore}:   DiesUnrecorded,
	{"send", fault.CrashBefore}:     DiesUnsent,
	{"send", fault.ReconcilerCrash}: ReconcilerDiesMarked,
}

// rareConflicts are the changes of runs whose condition did not hold.
var rareConflicts = map[string]Rare{"mark": MarkLost, "finish": EndedTwice, "touch": TouchOfEnded}

// sightRequests recognises rare states by the requests that faults and conflicts
// hit.
func sightRequests(w *watcher) moments {
	held := map[string]bool{} // locks that were given and not given back
	return moments{
		answered: func(r fault.Request, kind fault.Kind, err error) {
			conflict := errors.Is(err, state.ErrConflict)
			rare, known := rareAnswers[answerOf{r.Verb, kind}]
			w.reachIf(known && err == nil, rare)
			w.reachIf(kind == fault.LateEffect && conflict, LateRefused)
			rare, known = rareConflicts[r.Verb]
			w.reachIf(known && conflict, rare)
		},
		locked: func(s lockSeen) {
			w.reachIf(!s.given, LockHeld)
			w.reachIf(s.given && held[s.key], LockTakenOver)
			held[s.key] = held[s.key] || s.given
		},
		released: func(key, _ string) { delete(held, key) },
	}
}
