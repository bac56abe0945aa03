package flowcdk

import (
	"fmt"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	interfaces "github.com/aws/aws-cdk-go/awscdk/v2/interfaces/interfacesawscloudwatch"

	"github.com/flowcraft-go/flowcraft/pkg/lambdaflow/metrics"
)

// period is the time of one point of a graph, and the window of alarms on sums.
const period = 5 * time.Minute

// newDashboard shows, from top to bottom: problems, the results of runs, waiting
// work, the workers, and the use of the tables.
func (f *Flow) newDashboard() {
	f.Dashboard = awscloudwatch.NewDashboard(f.Construct, new("Dashboard"), &awscloudwatch.DashboardProps{
		PeriodOverride: awscloudwatch.PeriodOverride_AUTO,
	})
	alarms := make([]interfaces.IAlarmRef, len(f.Alarms))
	for i, alarm := range f.Alarms {
		alarms[i] = alarm
	}
	f.Dashboard.AddWidgets(awscloudwatch.NewAlarmStatusWidget(&awscloudwatch.AlarmStatusWidgetProps{
		Title: new("Alarms"), Alarms: &alarms, Width: new(float64(24)),
	}))
	f.Dashboard.AddWidgets(
		graph("Runs", f.sums(metrics.RunsStarted, metrics.RunsCompleted, metrics.RunsFailed, metrics.RunsCancelled)...),
		graph("Runs that failed, by blueprint", f.byBlueprint(metrics.RunsFailed)),
		graph("Nodes", f.sums(metrics.NodeRetries, metrics.NodesFailed, metrics.DuplicateMessages)...),
	)
	f.Dashboard.AddWidgets(
		graph("Messages", metric(f.Queue.MetricApproximateNumberOfMessagesVisible, "Maximum", period),
			metric(f.Queue.MetricApproximateNumberOfMessagesNotVisible, "Maximum", period),
			metric(f.Queue.MetricApproximateNumberOfMessagesDelayed, "Maximum", period),
			metric(f.DeadLetters.MetricApproximateNumberOfMessagesVisible, "Maximum", period)),
		graph("Age of the oldest message (s)", metric(f.Queue.MetricApproximateAgeOfOldestMessage, "Maximum", period)),
		graph("Runs and timers looked after",
			f.sums(metrics.RunsStalled, metrics.RunsRescued, metrics.RescuesFailed, metrics.TimersFired, metrics.TimersFailed)...),
	)
	f.Dashboard.AddWidgets(
		graph("Worker", calls(f.Worker)...),
		graph("Duration of nodes and of the worker (ms)", f.counted(metrics.NodeDuration, "p50"), f.counted(metrics.NodeDuration, "p99"),
			metric(f.Worker.MetricDuration, "p99", period)),
		graph("Reconciler", calls(f.Reconciler)...),
	)
	f.Dashboard.AddWidgets(
		graph("Context table: units", units(f.Tables.Context)...),
		graph("Status table: units", units(f.Tables.Status)...),
		graph("Coordination table: units", units(f.Tables.Coordination)...),
	)
}

func graph(title string, metrics ...awscloudwatch.IMetric) awscloudwatch.IWidget {
	return awscloudwatch.NewGraphWidget(&awscloudwatch.GraphWidgetProps{
		Title: &title, Left: &metrics, Width: new(float64(8)),
	})
}

func (f *Flow) sums(names ...string) (all []awscloudwatch.IMetric) {
	for _, name := range names {
		all = append(all, f.counted(name, "Sum"))
	}
	return all
}

// byBlueprint has a line for each existing blueprint.
func (f *Flow) byBlueprint(name string) awscloudwatch.IMetric {
	return awscloudwatch.NewSearchExpression(&awscloudwatch.SearchExpressionProps{
		Expression: new(fmt.Sprintf(`SEARCH('{%s,%s,%s} %s="%s" MetricName="%s"', 'Sum', %.0f)`,
			metrics.Namespace, metrics.Flow, metrics.Blueprint, metrics.Flow, f.name(), name, period.Seconds())),
		Label: new("${PROP('Dim." + metrics.Blueprint + "')}"),
	})
}

func calls(f awslambda.Function) []awscloudwatch.IMetric {
	return []awscloudwatch.IMetric{
		metric(f.MetricInvocations, "Sum", period), metric(f.MetricErrors, "Sum", period), metric(f.MetricThrottles, "Sum", period),
	}
}

func units(t awsdynamodb.Table) []awscloudwatch.IMetric {
	return []awscloudwatch.IMetric{
		metric(t.MetricConsumedWriteCapacityUnits, "Sum", period), metric(t.MetricConsumedReadCapacityUnits, "Sum", period),
	}
}
