package flowcdk

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	_ "time/tzdata" // time zones are checked on machines without any, too

	"github.com/aws/aws-cdk-go/awscdk/v2/awsscheduler"
	"github.com/aws/constructs-go/constructs/v10"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// Schedule starts runs of a blueprint at set times. In the blueprint it is
//
//	"metadata": {"schedule": {"expression": "cron(0 3 * * ? *)", "timezone": "Europe/Berlin", "input": {"full": true}}}
//
// The start messages are sent to the queue that [State.GrantStart] is for. Each time has
// its own run id, made of the blueprint and the time: if EventBridge
// Scheduler delivers it twice, it is the same run.
type Schedule struct {
	BlueprintID string          `json:"-"`
	Expression  string          `json:"expression"`         // rate(5 minutes) or cron(0 3 * * ? *)
	Timezone    string          `json:"timezone,omitempty"` // like Europe/Berlin; default UTC
	Input       json.RawMessage `json:"input,omitempty"`    // of every run
}

// Schedules returns the schedules in the blueprints' metadata. The error names all
// that is wrong with them, each with blueprint and path.
func Schedules(blueprints []*flow.Blueprint) ([]Schedule, error) {
	var schedules []Schedule
	var errs []error
	for _, b := range blueprints {
		if b == nil {
			continue // validation reports it
		}
		schedule, err := scheduleOf(b)
		if err != nil {
			errs = append(errs, fmt.Errorf("blueprint %q: %w", b.ID, err))
		} else if schedule != nil {
			schedules = append(schedules, *schedule)
		}
	}
	return schedules, errors.Join(errs...)
}

// scheduleOf returns nil for a blueprint without a schedule. Metadata other than an
// object is not ours.
func scheduleOf(b *flow.Blueprint) (*Schedule, error) {
	var metadata map[string]json.RawMessage
	if json.Unmarshal(b.Metadata, &metadata) != nil || metadata["schedule"] == nil {
		return nil, nil
	}
	schedule := &Schedule{BlueprintID: b.ID}
	decoder := json.NewDecoder(bytes.NewReader(metadata["schedule"]))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(schedule); err != nil {
		return nil, fmt.Errorf("metadata.schedule: must be {expression, timezone?, input?}: %w", err)
	}
	return schedule, schedule.check()
}

func (s *Schedule) check() error {
	var errs []error
	if err := checkExpression(s.Expression); err != nil {
		errs = append(errs, fmt.Errorf("metadata.schedule.expression %q: %w", s.Expression, err))
	}
	if _, err := time.LoadLocation(s.Timezone); err != nil || s.Timezone == "Local" {
		errs = append(errs, fmt.Errorf("metadata.schedule.timezone %q: there is no such time zone: use a name like Europe/Berlin", s.Timezone))
	}
	text := s.message()
	if len(text) > maxScheduleInput {
		errs = append(errs, fmt.Errorf("metadata.schedule.input: the start message has %d bytes, but a schedule holds %d at most", len(text), maxScheduleInput))
	}
	// As a worker would read it.
	if _, err := flow.ParseMessage(strings.ReplaceAll(text, scheduledTime, "2026-01-01T00:00:00Z")); err != nil {
		errs = append(errs, fmt.Errorf("metadata.schedule.input: no worker would accept its start message: %w", err))
	}
	return errors.Join(errs...)
}

// maxScheduleInput is the size of a message that EventBridge Scheduler sends.
const maxScheduleInput = 256 << 10

// scheduledTime is replaced by EventBridge Scheduler.
const scheduledTime = "<aws.scheduler.scheduled-time>"

// message is the start message, as text.
func (s *Schedule) message() string {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // or the scheduler would not know its placeholder
	// Texts and parsed JSON always encode.
	_ = encoder.Encode(struct {
		Type        string          `json:"type"`
		BlueprintID string          `json:"blueprintId"`
		RunID       string          `json:"runId"`
		Input       json.RawMessage `json:"input,omitempty"`
	}{"start", s.BlueprintID, s.key() + ":" + scheduledTime, s.Input})
	return strings.TrimSpace(text.String())
}

var plainID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// key returns the blueprint's id, or a substitute for one that a run id cannot
// hold.
func (s *Schedule) key() string {
	if plainID.MatchString(s.BlueprintID) {
		return s.BlueprintID
	}
	sum := sha256.Sum256([]byte(s.BlueprintID))
	return "blueprint-" + hex.EncodeToString(sum[:8])
}

const schedulerService = "scheduler.amazonaws.com"

// schedule lets EventBridge Scheduler wake the reconciler, and start runs.
func (f *Flow) schedule(p Props, schedules []Schedule) {
	role := newRole(f.Construct, "TickRole", schedulerService, "Invokes the reconciler",
		[]access{{sid: "Invoke", actions: []string{"lambda:InvokeFunction"}, resources: []*string{f.Reconciler.FunctionArn()}}})
	// A tick that is lost is made up for by the next one.
	f.Tick = newSchedule(f.Construct, "Tick", "Wakes the reconciler", "UTC", rate(p.Tick), true, &awsscheduler.CfnSchedule_TargetProperty{
		Arn: f.Reconciler.FunctionArn(), RoleArn: role.RoleArn(),
		RetryPolicy: &awsscheduler.CfnSchedule_RetryPolicyProperty{
			MaximumRetryAttempts: new(float64(0)), MaximumEventAgeInSeconds: new(float64(60)),
		},
	})
	f.Schedules = map[string]awsscheduler.CfnSchedule{}
	if len(schedules) == 0 {
		return
	}
	queue, dead := f.entrance(), f.entranceDeadLetters()
	sending := []access{{sid: "Send", actions: []string{"sqs:SendMessage"}, resources: []*string{queue.QueueArn(), dead.QueueArn()}}}
	if keys := f.keys(); len(keys) > 0 {
		sending = append(sending, access{sid: "Key", actions: keyOfSender, resources: keys})
	}
	starter := newRole(f.Construct, "StartRole", schedulerService, "Starts runs by the clock", sending)
	for _, s := range schedules {
		f.Schedules[s.BlueprintID] = newSchedule(f.Construct, "Start-"+s.key(), "Starts runs of the blueprint "+s.key(), s.Timezone, s.Expression, p.Schedules != off,
			&awsscheduler.CfnSchedule_TargetProperty{
				Arn: queue.QueueArn(), RoleArn: starter.RoleArn(), Input: new(s.message()),
				DeadLetterConfig: &awsscheduler.CfnSchedule_DeadLetterConfigProperty{Arn: dead.QueueArn()},
				RetryPolicy: &awsscheduler.CfnSchedule_RetryPolicyProperty{
					MaximumRetryAttempts: new(float64(185)), MaximumEventAgeInSeconds: new(day.Seconds()),
				},
			})
	}
}

func newSchedule(scope constructs.Construct, id, description, timezone, expression string, enabled bool, target *awsscheduler.CfnSchedule_TargetProperty) awsscheduler.CfnSchedule {
	props := &awsscheduler.CfnScheduleProps{
		Description:                &description,
		FlexibleTimeWindow:         &awsscheduler.CfnSchedule_FlexibleTimeWindowProperty{Mode: new("OFF")},
		ScheduleExpression:         &expression,
		ScheduleExpressionTimezone: new(cmp.Or(timezone, "UTC")),
		Target:                     target,
	}
	if !enabled {
		props.State = new("DISABLED")
	}
	return awsscheduler.NewCfnSchedule(scope, &id, props)
}

// rate returns a duration in whole minutes.
func rate(d time.Duration) string {
	minutes := int(d / time.Minute)
	if minutes == 1 {
		return "rate(1 minute)"
	}
	return fmt.Sprintf("rate(%d minutes)", minutes)
}
