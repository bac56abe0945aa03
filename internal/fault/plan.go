package fault

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// Plan is a fault that has not occurred yet, and the request that it hits.
type Plan struct {
	Kind    Kind
	Request string // its name, see [Request.Is]; "" is any request
	Nth     int    // of the requests with this name, from 1; 0 is the first
	Part    int    // of PartialSend: number of messages accepted
}

// phrases are the beginnings of sentences, by the kind of fault that they plan.
var phrases = map[Kind]string{
	RequestLost: "lose the request of", AnswerLost: "lose the answer of", AnswerTorn: "tear the answer of",
	Repeated: "repeat", Refused: "refuse", Slow: "slow down",
	ServerError: "fail before", ServerErrorAfter: "fail after", Conflict: "conflict with",
	PartialRead: "read a part of", PartialSend: "accept only",
	CrashBefore: "crash before", CrashAfter: "crash after", CrashAfterDuplicate: "duplicate and crash after",
	ZombieBefore: "outlive the lease before", ZombieAfter: "outlive the lease after",
	Duplicate: "duplicate before", DuplicateNew: "duplicate as new before",
	ReconcilerCrash: "crash the reconciler before", ReconcilerSlow: "slow down the reconciler's", ReconcilerRefused: "refuse the reconciler's",
}

// Parse reads a plan from its sentence: a phrase for the kind, and the request,
// with its occurrence if it is not the first so named.
//
//	lose the request of commit b      lose the answer of claim b
//	repeat create run                 refuse send
//	crash before the 2nd load         crash after commit b done
//	duplicate before commit b         duplicate and crash after commit b
//	outlive the lease before commit b accept only 1 of send 3 messages
//	crash after the 7th request
func Parse(sentence string) (Plan, error) {
	p := Plan{}
	var rest string
	for kind, phrase := range phrases {
		if after, ok := strings.CutPrefix(sentence, phrase+" "); ok && len(phrase) > len(phrases[p.Kind]) {
			p.Kind, rest = kind, after
		}
	}
	if p.Kind == PartialSend {
		number, after, _ := strings.Cut(rest, " of ")
		part, err := strconv.Atoi(number)
		if err != nil {
			return Plan{}, fmt.Errorf("fault %q: how many messages are accepted: %w", sentence, err)
		}
		p.Part, rest = part, after
	}
	p.Request, p.Nth = occurrence(rest)
	if p.Kind == "" || p.Request == "" && p.Nth == 0 {
		return Plan{}, fmt.Errorf("fault %q: want a kind and a request, as in \"crash after the 2nd load\"", sentence)
	}
	return p, nil
}

const anyRequest = "request"

// occurrence splits "the 2nd load", or "2nd load", into the request's name and its
// number.
func occurrence(text string) (request string, nth int) {
	number, name, ok := strings.Cut(strings.TrimPrefix(text, "the "), " ")
	n, err := strconv.Atoi(strings.TrimRight(number, "stndrh"))
	if !ok || err != nil || n < 1 || number != ordinal(n) {
		return text, 0
	}
	if name == anyRequest {
		name = ""
	}
	return name, n
}

func ordinal(n int) string {
	suffix := "th"
	if n%100 < 11 || n%100 > 13 {
		suffix = cmp.Or(map[int]string{1: "st", 2: "nd", 3: "rd"}[n%10], suffix)
	}
	return strconv.Itoa(n) + suffix
}

// String returns the plan's sentence.
func (p Plan) String() string {
	phrase := cmp.Or(phrases[p.Kind], string(p.Kind)+" at")
	if p.Kind == PartialSend {
		phrase += fmt.Sprintf(" %d of", p.Part)
	}
	if p.Nth > 1 || p.Request == "" {
		if !strings.HasSuffix(phrase, "'s") {
			phrase += " the"
		}
		phrase += " " + ordinal(max(p.Nth, 1))
	}
	return phrase + " " + cmp.Or(p.Request, anyRequest)
}

// Pending is a plan whose request has not occurred yet.
type Pending struct {
	Plan
	seen int
}

// Hits counts a request, and reports whether the plan hits it.
func (p *Pending) Hits(r Request) bool {
	if p.Request != "" && !r.Is(p.Request) {
		return false
	}
	p.seen++
	return p.seen == max(p.Nth, 1)
}
