package flowcdk

import (
	"errors"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
)

// State is the part of a workflow engine that outlives its functions: the queues and
// the tables.
type State struct {
	Scope             constructs.Construct // of the resources here
	Queue             awssqs.IQueue        // of work: a sender to it controls all runs
	DeadLetters       awssqs.IQueue        // messages that the worker can never handle
	Intake            awssqs.IQueue        // of starts, cancels and answers; nil without [Props.Intake]
	IntakeDeadLetters awssqs.IQueue        // the same; nil without it
	Tables            Tables
	EncryptionKey     awskms.IKey // nil without [Props.EncryptionKey]

	props Props // with defaults
}

// NewState makes queues and tables that a [Flow] uses, mostly one in another stack:
// the functions can then be removed and made anew, and messages and runs stay.
//
//	state, err := flowcdk.NewState(data, "Flow", props)
//	if err != nil { … }
//	props.State = state
//	flows, err := flowcdk.New(functions, "Flow", props)
//
// Both get the same props. A stack that has had a Flow of the same id becomes that of
// its State: queues and tables keep their logical ids, and so their content.
func NewState(scope constructs.Construct, id string, p Props) (*State, error) {
	if p.State != nil {
		return nil, &InvalidError{errors.New("state: a State is made without one")}
	}
	if err := p.Validate(); err != nil {
		return nil, err
	}
	p = p.withDefaults()
	own := constructs.NewConstruct(scope, &id)
	s := makeState(own, p)
	awscdk.Tags_Of(own).Add(new("flowcraft:stage"), &p.Stage, nil)
	return s, nil
}

// makeState makes in scope the parts that are not given.
func makeState(scope constructs.Construct, p Props) *State {
	s := &State{Scope: scope, Queue: p.Queue, DeadLetters: p.DeadLetters, Tables: p.Tables, EncryptionKey: p.EncryptionKey, props: p}
	if s.Queue == nil {
		s.Queue, s.DeadLetters = newQueues(scope, workQueues, p)
	}
	if p.Intake {
		s.Intake, s.IntakeDeadLetters = newQueues(scope, intakeQueues, p)
	}
	if s.Tables == (Tables{}) {
		s.Tables = newTables(scope, p)
	}
	s.allowSenders(p)
	return s
}

// checkState compares the props with those of the state that they name, and checks
// what exists already.
func (p Props) checkState() error {
	var errs []error
	check := func(ok bool, text string) {
		if !ok {
			errs = append(errs, errors.New(text))
		}
	}
	check((p.Queue == nil) == (p.DeadLetters == nil), "queue, dead letters: both or none of them can be given")
	for _, queue := range []awssqs.IQueue{p.Queue, p.DeadLetters} {
		check(queue == nil || queue.Fifo() == nil || !*queue.Fifo(), "queue, dead letters: FIFO queues bound the throughput, and delay no message: use standard ones")
	}
	given := 0
	for _, table := range p.Tables.all() {
		if table != nil {
			given++
		}
	}
	check(given == 0 || given == 3, "tables: all three or none of them can be given")
	if p.State == nil {
		return errors.Join(errs...)
	}
	check(p.Queue == nil && given == 0, "queue, tables: they are those of State, and cannot be given here, too")
	made := p.State.props
	check(made.Visibility == p.Visibility && made.MaxReceives == p.MaxReceives && made.Intake == p.Intake,
		"state: it was made with another visibility, max receives or intake: give both constructs the same props")
	check(same(made.EncryptionKey, p.EncryptionKey), "state: it was made with another encryption key: give both constructs the same props")
	return errors.Join(errs...)
}

func same(a, b awskms.IKey) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return *a.Node().Path() == *b.Node().Path()
}
