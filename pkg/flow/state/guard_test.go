package state

import (
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

type item map[string]any

func (i item) Attribute(name string) any { return i[name] }

func TestGuardHolds(t *testing.T) {
	t.Parallel()
	present := item{"state": "running", "owner": "a", "leaseUntil": int64(100), "failures": int64(0)}
	yes, no := Guard{}, Or()
	tests := map[string]struct {
		guard Guard
		item  Attributes
		want  bool
	}{
		"the zero guard holds":                         {Guard{}, present, true},
		"the zero guard holds without an item":         {Guard{}, nil, true},
		"absent holds without an item":                 {Absent("state"), nil, true},
		"absent holds without the attribute":           {Absent("dueAt"), present, true},
		"absent fails with the attribute":              {Absent("state"), present, false},
		"absent fails with a zero number":              {Absent("failures"), present, false},
		"equal holds for the same text":                {Equal("owner", "a"), present, true},
		"equal fails for another text":                 {Equal("owner", "b"), present, false},
		"equal fails for a prefix":                     {Equal("state", "run"), present, false},
		"equal takes a State":                          {Equal("state", flow.TaskRunning), present, true},
		"equal takes a Status":                         {Equal("state", flow.Running), present, true},
		"equal takes an int":                           {Equal("failures", 0), present, true},
		"equal takes an int64":                         {Equal("failures", int64(0)), present, true},
		"equal fails for another number":               {Equal("failures", 1), present, false},
		"equal fails for a number as text":             {Equal("failures", "0"), present, false},
		"equal fails without the attribute":            {Equal("dueAt", 0), present, false},
		"equal fails without an item":                  {Equal("failures", 0), nil, false},
		"less holds below":                             {Less("leaseUntil", 101), present, true},
		"less fails at the limit":                      {Less("leaseUntil", 100), present, false},
		"less fails above":                             {Less("leaseUntil", 99), present, false},
		"less fails without the attribute":             {Less("dueAt", 1), present, false},
		"less fails without an item":                   {Less("leaseUntil", 101), nil, false},
		"less fails on text":                           {Less("owner", 101), present, false},
		"at most holds below":                          {AtMost("leaseUntil", 101), present, true},
		"at most holds at the limit":                   {AtMost("leaseUntil", 100), present, true},
		"at most fails above":                          {AtMost("leaseUntil", 99), present, false},
		"at most fails without the attribute":          {AtMost("dueAt", 0), present, false},
		"at least holds above":                         {AtLeast("leaseUntil", 99), present, true},
		"at least holds at the limit":                  {AtLeast("leaseUntil", 100), present, true},
		"at least fails below":                         {AtLeast("leaseUntil", 101), present, false},
		"at least fails without the attribute":         {AtLeast("dueAt", 0), present, false},
		"at least fails without an item":               {AtLeast("leaseUntil", 0), nil, false},
		"an unknown operator fails":                    {Guard{Op: "!=", Attr: "leaseUntil", Value: int64(101)}, present, false},
		"an ordering with text fails":                  {Guard{Op: GuardLess, Attr: "leaseUntil", Value: "101"}, present, false},
		"and holds when all do":                        {And(yes, Equal("owner", "a"), yes), present, true},
		"and fails when the first does":                {And(no, yes), present, false},
		"and fails when the last does":                 {And(yes, no), present, false},
		"and of nothing holds":                         {And(), present, true},
		"or holds when the first does":                 {Or(yes, no), present, true},
		"or holds when the last does":                  {Or(no, Equal("owner", "a")), present, true},
		"or fails when all do":                         {Or(no, no), present, false},
		"or of nothing fails":                          {Or(), present, false},
		"parts nest":                                   {Or(no, And(yes, Or(no, Less("leaseUntil", 101)))), present, true},
		"a nested failing part fails":                  {And(yes, Or(no, And(yes, Less("leaseUntil", 100)))), present, false},
		"GuardCreate holds where there is nothing":     {GuardCreate(time.UnixMilli(0)), nil, true},
		"GuardCreate fails on a stored run":            {GuardCreate(time.Unix(9, 0)), Run{ID: "r"}, false},
		"GuardCreate fails on a run that expires now":  {GuardCreate(time.Unix(9, 0)), Run{ID: "r", Expires: time.Unix(9, 0)}, false},
		"GuardCreate holds on an expired run":          {GuardCreate(time.Unix(10, 0)), Run{ID: "r", Expires: time.Unix(9, 0)}, true},
		"a task record has a zero failures attribute":  {Equal("failures", 0), TaskRecord{}, true},
		"a task record has no zero lease":              {Absent("leaseUntil"), TaskRecord{}, true},
		"a run has a zero epoch attribute":             {Equal("epoch", 0), Run{}, true},
		"a run has no last update before its first":    {Absent("lastUpdated"), Run{}, true},
		"an unknown attribute is absent":               {Absent("colour"), TaskRecord{State: flow.TaskDone}, true},
		"a conflict on one attribute leaves the other": {And(Equal("owner", "a"), Equal("state", flow.TaskDone)), present, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := test.guard.Holds(test.item); got != test.want {
				t.Errorf("Holds = %v, want %v", got, test.want)
			}
		})
	}
}

func TestMine(t *testing.T) {
	t.Parallel()
	run := Run{ID: "r", StartOwner: "me", StartMessageID: "m-1"}
	claim := Claim{Owner: "me"}
	commit := Transition{Task: &TaskRecord{Owner: "me", State: flow.TaskRetrying, Failures: 2}}
	lease := RunChange{StartOwner: "me"}
	tests := map[string]struct{ got, want bool }{
		"the same start":                 {run.Mine(run), true},
		"another handling's start":       {run.Mine(Run{StartOwner: "you", StartMessageID: "m-1"}), false},
		"another message's start":        {run.Mine(Run{StartOwner: "me", StartMessageID: "m-2"}), false},
		"a start without owner":          {Run{}.Mine(Run{}), false},
		"the same claim":                 {claim.Mine(TaskRecord{Owner: "me", State: flow.TaskRunning}), true},
		"another owner's claim":          {claim.Mine(TaskRecord{Owner: "you", State: flow.TaskRunning}), false},
		"a task that I committed":        {claim.Mine(TaskRecord{Owner: "me", State: flow.TaskDone}), false},
		"a claim without owner":          {Claim{}.Mine(TaskRecord{State: flow.TaskRunning}), false},
		"the same commit":                {commit.Mine(*commit.Task), true},
		"another owner's commit":         {commit.Mine(TaskRecord{Owner: "you", State: flow.TaskRetrying, Failures: 2}), false},
		"my claim is not my commit":      {commit.Mine(TaskRecord{Owner: "me", State: flow.TaskRunning, Failures: 2}), false},
		"an earlier attempt's commit":    {commit.Mine(TaskRecord{Owner: "me", State: flow.TaskRetrying, Failures: 1}), false},
		"a commit without owner":         {Transition{Task: &TaskRecord{}}.Mine(TaskRecord{}), false},
		"a transition without a task":    {Transition{}.Mine(TaskRecord{Owner: "me"}), false},
		"the same start lease":           {lease.Mine(Run{StartOwner: "me"}), true},
		"another's start lease":          {lease.Mine(Run{StartOwner: "you"}), false},
		"a change without a start lease": {RunChange{}.Mine(Run{}), false},
	}
	for name, test := range tests {
		if test.got != test.want {
			t.Errorf("%s: Mine = %v, want %v", name, test.got, test.want)
		}
	}
}
