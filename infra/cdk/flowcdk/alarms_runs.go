package flowcdk

import (
	"fmt"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/lambdaflow/metrics"
)

// runAlarms are those on runs, and on the reconciler that looks after them.
func (w watch) runAlarms() []alarm {
	worker, reconciler := w.flow.WorkerLogs.LogGroupName(), w.flow.ReconcilerLogs.LogGroupName()
	oldest := 3*w.props.StalledAfter + w.props.Tick
	return []alarm{
		{
			id: "NoTickAlarm", meter: w.meters.ticks(), limit: 1, below: true, periods: 3, absent: awscloudwatch.TreatMissingData_BREACHING,
			text: "The reconciler has not run without an error for 15 minutes: " +
				"runs that lose a message stay where they are, and long delays do not end.",
			first: follow(reconciler, `{ $.level = "ERROR" }`),
		},
		{
			id: "RescuedAlarm", meter: w.meters.counted(metrics.RunsRescued, "Sum"), limit: 1,
			text: "The reconciler rescued runs that nobody worked on: workers died, or messages were lost. " +
				"The runs go on; a cause that comes again and again needs a cure.",
			first: follow(reconciler, said(string(flow.RunRescued))),
		},
		{
			id: "RunsFailedAlarm", meter: w.meters.counted(metrics.RunsFailed, "Sum"), limit: float64(w.props.FailedRuns),
			text:  "Runs failed for good: a node was out of attempts and had no fallback. The reconciler's log may have some of them, too.",
			first: follow(worker, said(string(flow.RunFailed))),
		},
		{
			id: "OldestRunAlarm", meter: w.meters.countedEach(metrics.OldestRun, "Maximum", w.props.Tick), limit: oldest.Seconds(),
			text: fmt.Sprintf("An active run has not gone on for %s, in spite of the reconciler: its messages are not handled, or it cannot be rescued. "+
				"Runs that wait for a time are not counted.", oldest),
			first: follow(reconciler, said("run not reconciled", string(flow.RunRescued))),
		},
		{
			id: "RescuesFailedAlarm", meter: w.meters.countedEach(metrics.RescuesFailed, "Sum", w.props.Tick), limit: 1, periods: 3, enough: 2,
			text:  "Errors keep the reconciler from looking after runs, in two of three ticks: they stay where they are.",
			first: follow(reconciler, said("run not reconciled")),
		},
		{
			id: "TimersFailedAlarm", meter: w.meters.countedEach(metrics.TimersFailed, "Sum", w.props.Tick), limit: 1, periods: 3, enough: 2,
			text:  "Errors keep the reconciler from sending the messages of timers, in two of three ticks: retries and waits are late.",
			first: follow(reconciler, said("timer not fired")),
		},
	}
}

// ticks are the invocations of the reconciler without an error. Lambda counts them,
// even if the function does not start or its log is not read.
func (m meters) ticks() awscloudwatch.IMetric {
	return expression("Ticks", "FILL(invocations, 0) - FILL(errors, 0)", period, map[string]awscloudwatch.IMetric{
		"invocations": metric(m.flow.Reconciler.MetricInvocations, "Sum", period),
		"errors":      metric(m.flow.Reconciler.MetricErrors, "Sum", period),
	})
}

// counted is one of the functions' own metrics, summed over all blueprints.
func (m meters) counted(name, statistic string) awscloudwatch.Metric {
	return m.countedEach(name, statistic, period)
}

func (m meters) countedEach(name, statistic string, period time.Duration) awscloudwatch.Metric {
	return awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
		Namespace: new(metrics.Namespace), MetricName: &name, DimensionsMap: &map[string]*string{metrics.Flow: new(m.flow.name())},
		Statistic: &statistic, Period: seconds(period),
	})
}
