package flowcdk

import (
	"cmp"
	"net/netip"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsec2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"

	"github.com/flowcraft-go/flowcraft/internal/settings"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// Props configure a [Flow], and a [State]. Worker and Reconciler are required, but
// not of a State; the zero value of every other field is its default. A change of an
// existing stack takes effect in place, without an interruption, unless the field
// says otherwise.
type Props struct {
	// Worker is the worker's code: a folder with the static linux/arm64 binary
	// "bootstrap" and the folder "blueprints". See [Package].
	Worker awslambda.Code
	// Reconciler is the reconciler's code: a folder with its "bootstrap".
	Reconciler awslambda.Code
	// Blueprints are those in the worker's code. They are validated with the
	// settings (except that the worker has code for their nodes), and those with a
	// schedule get it, see [Schedules].
	Blueprints []*flow.Blueprint

	// Stage is a tag on every resource. Defaults to "dev"; "prod" sets Retain.
	Stage string
	// Retain keeps tables and logs when the construct is removed, and protects
	// the tables from deletion.
	Retain bool

	// State has the queues and tables, if they are in another construct or another
	// stack: see [NewState]. By default they are made here. Setting it later removes
	// those that were made here: only with Retain do the tables stay.
	State *State
	// Tables are three existing tables, all or none: restored ones, or those that a
	// stack that is gone has left. By default they are made. On a change the runs in
	// the other tables are not seen any more.
	Tables Tables
	// Queue and DeadLetters are existing standard queues, both or none, with the
	// visibility timeout, the number of receives and the retention (10 days, or less)
	// that these props ask for. By default they are made. On a change the messages in
	// the other queue stay there; the reconciler sends those of active runs again.
	Queue, DeadLetters awssqs.IQueue
	// Intake makes a second queue, mapped to the same worker, from which it accepts
	// only starts, cancels and answers: [State.GrantStart] and Senders are then for
	// that queue. Without it everybody who may start runs may change all of them.
	Intake bool
	// Senders are other accounts, by their numbers, and roles or users of theirs, by
	// their ARNs, that may send to the queue that [State.GrantStart] is for, 50 at most;
	// none by default. In their own account they need the permission, too.
	Senders []string
	// EncryptionKey is the KMS key of tables, queues and logs; by default the tables
	// have AWS's own key, and the queues SQS's. Its policy allows CloudWatch Logs and
	// Senders, unless it is an imported key: then a warning says what to add. On a
	// change stored items and messages stay under the key that they were written with,
	// which must not be deleted.
	EncryptionKey awskms.IKey

	// Timeout of both functions; defaults to 1 min.
	Timeout time.Duration
	// NodeTimeout is the timeout of a node that sets none; defaults to 20 s.
	NodeTimeout time.Duration
	// Reserve is the part of Timeout kept for commits and sends; defaults to 3 s.
	Reserve time.Duration
	// StalledAfter is the age from which the reconciler considers a run stalled;
	// defaults to 5 min, and must be at least 4/3 × (Timeout + 5 s).
	StalledAfter time.Duration
	// Tick is the time between two runs of the reconciler, 1 to 5 whole minutes;
	// defaults to 1 min.
	Tick time.Duration
	// MaxRun is the maximum duration of a run whose blueprint has no
	// metadata.timeout, at least 1 min; defaults to 30 days.
	MaxRun time.Duration
	// MissingCode is the time for which a job waits for a worker that has its code
	// before its run fails; defaults to 24 h.
	MissingCode time.Duration
	// MissingBlueprint is the time for which a start waits for a worker that has its
	// blueprint before it becomes a dead letter; defaults to 1 h.
	MissingBlueprint time.Duration
	// Retention is the time for which a run can be read after its maximum duration
	// has passed, at least 10 days: the queue keeps a message for as long; defaults to
	// 90 days.
	Retention time.Duration

	// Visibility is the queue's visibility timeout; at least 6 × Timeout +
	// BatchWindow, and Timeout + 10 s; defaults to the longer of the two.
	Visibility time.Duration
	// MaxReceives is the queue's maxReceiveCount, at least 5; defaults to 5.
	MaxReceives int
	// BatchSize is the largest number of messages of an invocation; defaults to 10.
	// More need a BatchWindow of at least 1 s.
	BatchSize int
	// BatchWindow is how long Lambda waits for a batch to fill, up to 5 min; by
	// default it does not wait.
	BatchWindow time.Duration
	// MaxConcurrency is the number of batches handled at once, 2 to 1,000; defaults
	// to 5.
	MaxConcurrency int
	// ReservedConcurrency is reserved for the worker, at least MaxConcurrency + 5,
	// from the account's concurrency; defaults to none.
	ReservedConcurrency int
	// Memory of the worker, in MB; defaults to 256.
	Memory int
	// ReconcilerMemory is the reconciler's, in MB; defaults to 256, or to Memory where
	// MaxInput needs more.
	ReconcilerMemory int
	// Alias publishes a version of the worker with each deployment, and has the queue
	// invoke it by an alias; by default the queue invokes the function itself.
	Alias *Alias

	// Vpc is the network of both functions; by default they are in none. Without a way
	// to the internet it needs endpoints, see docs/deploying.md. On a change Lambda
	// needs some minutes.
	Vpc awsec2.IVpc
	// Subnets of Vpc, 16 at most; defaults to its private subnets with a way out.
	Subnets *awsec2.SubnetSelection
	// SecurityGroups of both functions, 5 at most; by default each function gets one
	// that allows everything outwards.
	SecurityGroups []awsec2.ISecurityGroup
	// Environment are further variables of both functions, which [Package.Check] gives
	// them, too; their settings and Lambda's own names are refused, and more than 4 KB
	// with the settings.
	Environment map[string]string

	// LambdaFunctions are functions that the worker may invoke beside those that
	// nodes of Blueprints name: names or ARNs, or tokens of ARNs in the same app.
	// They are those that code invokes, and those that only runs of earlier versions
	// name.
	LambdaFunctions []string
	// LambdaNodes are the functions, as names or ARNs, that are the code of node types,
	// by these types. The worker may invoke them.
	LambdaNodes map[string]string
	// Secrets are the names of secrets that the worker may read beside those that nodes
	// of Blueprints name, as in package secret: shop/api-key, ssm:/shop/api-key, or
	// ARNs. Where a key of your own encrypts them, call its GrantDecrypt for the
	// worker's role.
	Secrets []string
	// HTTPAllowPrivate are the networks outside the public internet that the node
	// http may request; none by default. Loopback and link-local addresses are refused.
	HTTPAllowPrivate []netip.Prefix

	// MaxStarts limits starts of a node without an outcome; defaults to 5.
	MaxStarts int
	// MaxHops limits the messages between a run's start and a node; defaults to
	// 10,000.
	MaxHops int
	// MaxValue limits one value, in bytes; defaults to 5 MB.
	MaxValue int
	// MaxInput limits the values that are read for one node, or written by it, or made
	// the result of a run, together, in bytes; defaults to 32 MB, and is never above a
	// quarter of the memory.
	MaxInput int
	// Parallel limits the messages of an invocation that are worked on at the same
	// time; defaults to 32.
	Parallel int
	// Strands limits the nodes of one message that run side by side; defaults to 16.
	Strands int
	// Spread is how long the nodes that a message runs may take before those that it has
	// kept are sent to other workers; defaults to 200 ms.
	Spread time.Duration
	// RescueLimit limits the messages that one tick of the reconciler sends for
	// stalled runs; with more visible messages it sends none. Defaults to 1,000.
	RescueLimit int

	// LogLevel is DEBUG, INFO, WARN or ERROR; defaults to INFO.
	LogLevel string
	// LogRetention is how long logs are kept: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150,
	// 180, 365 or more days, as CloudWatch allows; defaults to 30 days.
	LogRetention time.Duration
	// LogGroups are existing log groups of the functions; each is made by default. The
	// alarms' texts name them. On a change older lines stay in the other group.
	LogGroups LogGroups
	// Dashboard is "on", the default, or "off".
	Dashboard string
	// MetricsBlueprints is "on" to have the metrics of runs a second time, with the
	// blueprint as a dimension, and on the dashboard: up to four more metrics for each
	// blueprint, which are paid for. By default it is "off".
	MetricsBlueprints string
	// Alarms is "on", the default, or "off": there are none then.
	Alarms string
	// Schedules is "on", the default, or "off": the schedules of Blueprints exist then,
	// but start nothing. The reconciler's goes on.
	Schedules string
	// AlarmTopic is notified when an alarm begins and when it ends; none by
	// default.
	AlarmTopic awssns.ITopic
	// OldestMessage is the age of the oldest message that raises an alarm;
	// defaults to 30 min, and must be above 15 min, which a retry may wait.
	OldestMessage time.Duration
	// FailedRuns is the number of runs that must fail within 5 minutes to raise an
	// alarm; defaults to 1.
	FailedRuns int
}

const prod = "prod"

// withDefaults applies the defaults of the table, except for settings that depend
// on others.
func (p Props) withDefaults() Props {
	visibility := p.Visibility
	settings.SetDefaults(&p)
	p.Visibility = cmp.Or(visibility, max(6*p.Timeout+p.BatchWindow, p.Timeout+2*state.Skew))
	p.Retain = p.Retain || p.Stage == prod
	return p
}
