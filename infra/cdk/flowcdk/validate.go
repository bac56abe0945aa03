package flowcdk

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"

	"github.com/flowcraft-go/flowcraft/internal/duration"
	"github.com/flowcraft-go/flowcraft/internal/settings"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
	"github.com/flowcraft-go/flowcraft/pkg/httpnode"
	"github.com/flowcraft-go/flowcraft/pkg/lambdanode"
)

// InvalidError reports everything that is wrong with [Props].
type InvalidError struct{ Err error }

func (e *InvalidError) Error() string { return "flowcdk: " + e.Err.Error() }

func (e *InvalidError) Unwrap() error { return e.Err }

// Validate reports every setting that AWS or the engine would refuse, all together,
// as an [*InvalidError]. [New] checks that there is code, so that Validate can be
// called before anything is built.
func (p Props) Validate() error {
	p = p.withDefaults()
	_, schedules := Schedules(p.Blueprints)
	if err := errors.Join(p.checkLimits(), p.checkEngine(), p.checkInvocations(), checkPolicies(p.invocable()), errors.Join(checkSecrets(p)...), p.checkInfrastructure(), schedules); err != nil {
		return &InvalidError{err}
	}
	return nil
}

func (p Props) checkCode() error {
	var errs []error
	if p.Worker == nil {
		errs = append(errs, errors.New("the worker has no code: set Worker"))
	}
	if p.Reconciler == nil {
		errs = append(errs, errors.New("the reconciler has no code: set Reconciler"))
	}
	return errors.Join(errs...)
}

var stagePattern = regexp.MustCompile(`^[a-z][a-z0-9-]{0,19}$`)

// checkLimits checks the limits of AWS, and those between the queue and the
// functions.
func (p Props) checkLimits() error {
	var errs []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	seconds := func(name string, d, low, high time.Duration) {
		check(d >= low && d <= high && d%time.Second == 0, "%s %s: must be whole seconds, %s to %s", name, d, low, high)
	}
	count := func(name string, n, low, high int) {
		check(n >= low && n <= high, "%s %d: must be %d to %d", name, n, low, high)
	}
	check(stagePattern.MatchString(p.Stage), "stage %q: must be 1 to 20 of a-z, 0-9 and -, a letter first", p.Stage)
	seconds("timeout", p.Timeout, time.Second, 15*time.Minute)
	seconds("visibility", p.Visibility, 0, 12*time.Hour)
	seconds("batch window", p.BatchWindow, 0, 5*time.Minute)
	check(p.Visibility >= 6*p.Timeout+p.BatchWindow,
		"visibility %s: at least 6 × timeout %s + batch window %s is needed, or messages come back while they are handled", p.Visibility, p.Timeout, p.BatchWindow)
	check(p.Tick >= time.Minute && p.Tick <= 5*time.Minute && p.Tick%time.Minute == 0, "tick %s: must be 1 to 5 whole minutes", p.Tick)
	count("max receives", p.MaxReceives, 5, 1000)
	count("batch size", p.BatchSize, 1, 10_000)
	check(p.BatchSize <= 10 || p.BatchWindow >= time.Second, "batch size %d: above 10 a batch window of at least 1s is needed", p.BatchSize)
	count("max concurrency", p.MaxConcurrency, 2, 1000)
	needed, of := p.MaxConcurrency+5, "max concurrency + 5"
	if p.Intake {
		needed, of = 2*p.MaxConcurrency+5, "2 × max concurrency + 5, with the intake,"
	}
	check(p.ReservedConcurrency == 0 || p.ReservedConcurrency >= needed,
		"reserved concurrency %d: at least %s = %d is needed, or throttles use up the messages' receives", p.ReservedConcurrency, of, needed)
	count("memory", p.Memory, 128, 10_240)
	check(p.ReconcilerMemory == 0 || p.ReconcilerMemory >= 128 && p.ReconcilerMemory <= 10_240, "reconciler memory %d: must be 128 to 10240", p.ReconcilerMemory)
	for _, s := range []struct{ name, value string }{{"dashboard", p.Dashboard}, {"alarms", p.Alarms}, {"schedules", p.Schedules}, {"metrics by blueprint", p.MetricsBlueprints}} {
		check(s.value == on || s.value == off, "%s %q: must be on or off", s.name, s.value)
	}
	count("rescue limit", p.RescueLimit, 1, 1_000_000)
	count("failed runs", p.FailedRuns, 1, 1_000_000)
	check(slices.Contains(logLevels, p.LogLevel), "log level %q: must be DEBUG, INFO, WARN or ERROR", p.LogLevel)
	check(retentionDays[p.LogRetention] != "", "log retention %s: must be one of %s", duration.Format(p.LogRetention), logRetentions())
	check(p.OldestMessage > state.MaxDelay && p.OldestMessage%time.Second == 0,
		"oldest message %s: must be more than %s, which a retry may wait in the queue", p.OldestMessage, state.MaxDelay)
	return errors.Join(errs...)
}

const on, off = "on", "off"

// checkInfrastructure checks the properties that are no settings.
func (p Props) checkInfrastructure() error {
	errs := slices.Concat(checkSenders(p.Senders), p.checkVariables(), p.Alias.check(p))
	if p.Vpc == nil && (p.Subnets != nil || len(p.SecurityGroups) > 0) {
		errs = append(errs, errors.New("subnets, security groups: they are those of a Vpc, which is not set"))
	}
	if len(p.SecurityGroups) > 5 {
		errs = append(errs, fmt.Errorf("security groups: %d, but a function has 5 at most", len(p.SecurityGroups)))
	}
	return errors.Join(append(errs, p.checkState())...)
}

// checkEngine uses the engine's own checks, with the settings that the functions
// will read. Settings that only warn on a developer's machine are refused here.
func (p Props) checkEngine() error {
	config, queue := engine.Config{Blueprints: p.Blueprints, Memory: p.Memory << 20}, settings.QueueSettings{}
	read := settings.Lookup(p.environment(names{QueueURL: "queue", ContextTable: "context", StatusTable: "status", CoordinationTable: "coordination", FlowName: "flow"}))
	unread := settings.Load(read, &config, &queue)
	_, refused := engine.New(nil, nil, stand(p.Blueprints), config)
	errs := []error{unread, refused, settings.CheckNetworks(p.HTTPAllowPrivate)}
	for _, warning := range queue.Warnings(state.Skew) {
		errs = append(errs, errors.New(warning))
	}
	return errors.Join(errs...)
}

// stand returns a registry with the nodes that a worker adds, and with code for all
// other names in the blueprints: only the worker knows which code it really has.
func stand(blueprints []*flow.Blueprint) flow.Registry {
	registry := flow.Registry{httpnode.Name: httpnode.New(httpnode.Config{}), lambdanode.Name: lambdanode.New(nil)}
	for _, b := range blueprints {
		invalid, _ := errors.AsType[*flow.InvalidError](flow.Validate(b, registry))
		if b == nil || invalid == nil {
			continue
		}
		for _, issue := range invalid.Issues {
			var i int
			if _, err := fmt.Sscanf(issue.Path, "nodes[%d].uses", &i); err == nil && issue.Code == "MISSING_NODE_IMPLEMENTATION" {
				registry[b.Nodes[i].Uses] = flow.HandlerFunc(nil)
			}
		}
	}
	return registry
}

// logLevels are those that Lambda and the functions both know.
var logLevels = []string{"DEBUG", "INFO", "WARN", "ERROR"}

const day = 24 * time.Hour

// retentionDays are the retentions that CloudWatch allows.
var retentionDays = map[time.Duration]awslogs.RetentionDays{
	1 * day: awslogs.RetentionDays_ONE_DAY, 3 * day: awslogs.RetentionDays_THREE_DAYS, 5 * day: awslogs.RetentionDays_FIVE_DAYS,
	7 * day: awslogs.RetentionDays_ONE_WEEK, 14 * day: awslogs.RetentionDays_TWO_WEEKS, 30 * day: awslogs.RetentionDays_ONE_MONTH,
	60 * day: awslogs.RetentionDays_TWO_MONTHS, 90 * day: awslogs.RetentionDays_THREE_MONTHS, 120 * day: awslogs.RetentionDays_FOUR_MONTHS,
	150 * day: awslogs.RetentionDays_FIVE_MONTHS, 180 * day: awslogs.RetentionDays_SIX_MONTHS, 365 * day: awslogs.RetentionDays_ONE_YEAR,
	400 * day: awslogs.RetentionDays_THIRTEEN_MONTHS, 545 * day: awslogs.RetentionDays_EIGHTEEN_MONTHS, 731 * day: awslogs.RetentionDays_TWO_YEARS,
	1827 * day: awslogs.RetentionDays_FIVE_YEARS, 3653 * day: awslogs.RetentionDays_TEN_YEARS,
}

func logRetentions() string {
	var texts []string
	for _, d := range slices.Sorted(maps.Keys(retentionDays)) {
		texts = append(texts, duration.Format(d))
	}
	return strings.Join(texts, ", ")
}
