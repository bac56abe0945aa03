package flowcdk

import (
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
)

// alarm is an alarm for a problem that only a person can fix.
type alarm struct {
	id    string
	text  string // the meaning; the first thing that the person reads
	first string // the first command to run
	meter awscloudwatch.IMetric
	limit float64
	below bool // rings below the limit, else at it and above

	periods int // that are looked at; 1 by default
	enough  int // of them; all by default
	absent  awscloudwatch.TreatMissingData
	silent  bool // does not tell its end, which means nothing
}

// watch makes the alarms of a flow.
type watch struct {
	flow   *Flow
	props  Props
	meters meters
}

// newAlarms makes all alarms.
func (f *Flow) newAlarms(p Props) {
	if p.Alarms == off {
		return
	}
	w := watch{f, p, meters{f}}
	for _, alarms := range [][]alarm{w.messageAlarms(), w.intakeAlarms(), w.workerAlarms(), w.runAlarms(), w.tableAlarms()} {
		for _, a := range alarms {
			w.newAlarm(a)
		}
	}
	if p.AlarmTopic == nil {
		warn(f.Construct, "nobodyIsTold", fmt.Sprintf(
			"nobody will be told when one of the %d alarms rings: set alarmTopicArn (of a construct: AlarmTopic) to an SNS topic", len(f.Alarms)))
	}
}

func (w watch) newAlarm(a alarm) {
	props := awscloudwatch.AlarmProps{
		AlarmDescription:   new(a.text + " First: " + a.first),
		Metric:             a.meter,
		Threshold:          &a.limit,
		EvaluationPeriods:  new(float64(max(a.periods, 1))),
		ComparisonOperator: awscloudwatch.ComparisonOperator_GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
		TreatMissingData:   awscloudwatch.TreatMissingData_NOT_BREACHING,
	}
	if a.below {
		props.ComparisonOperator = awscloudwatch.ComparisonOperator_LESS_THAN_THRESHOLD
	}
	if a.enough > 0 {
		props.DatapointsToAlarm = new(float64(a.enough))
	}
	if a.absent != "" {
		props.TreatMissingData = a.absent
	}
	made := awscloudwatch.NewAlarm(w.flow.Construct, &a.id, &props)
	if w.props.AlarmTopic != nil {
		action := awscloudwatchactions.NewSnsAction(w.props.AlarmTopic)
		made.AddAlarmAction(action)
		if !a.silent {
			made.AddOkAction(action)
		}
	}
	w.flow.Alarms = append(w.flow.Alarms, made)
}

// lasting makes an alarm ring for a fault that lasts some minutes: three of the last
// five have it. A single one is made up for by a repetition, and needs no person.
func (a alarm) lasting() alarm {
	a.limit, a.periods, a.enough = 1, 5, 3
	return a
}

// follow is the command that shows the lines of a log that match a filter.
func follow(logs *string, filter string) string {
	return fmt.Sprintf("aws logs tail %s --since 1h --filter-pattern '%s'", *logs, filter)
}

// said is the filter of lines with one of some messages.
func said(messages ...string) string {
	var terms []string
	for _, m := range messages {
		terms = append(terms, fmt.Sprintf("$.msg = %q", m))
	}
	return "{ " + strings.Join(terms, " || ") + " }"
}

// minutes is a number of alarm periods of a minute.
func minutes(d time.Duration) int { return int((d + time.Minute - 1) / time.Minute) }
