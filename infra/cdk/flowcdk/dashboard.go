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
// work, the workers, and the use, the throttles and the errors of the tables.
func (f *Flow) newDashboard(p Props) {
	if p.Dashboard == off {
		return
	}
	m := meters{f}
	f.Dashboard = awscloudwatch.NewDashboard(f.Construct, new("Dashboard"), &awscloudwatch.DashboardProps{
		PeriodOverride: awscloudwatch.PeriodOverride_AUTO,
	})
	alarms := make([]interfaces.IAlarmRef, len(f.Alarms))
	for i, alarm := range f.Alarms {
		alarms[i] = alarm
	}
	if len(alarms) > 0 {
		f.Dashboard.AddWidgets(awscloudwatch.NewAlarmStatusWidget(&awscloudwatch.AlarmStatusWidgetProps{
			Title: new("Alarms"), Alarms: &alarms, Width: new(float64(24)),
		}))
	}
	results := []awscloudwatch.IWidget{
		graph("Runs", m.sums(metrics.RunsStarted, metrics.RunsCompleted, metrics.RunsFailed, metrics.RunsCancelled)...),
		graph("Nodes", m.sums(metrics.NodeRetries, metrics.NodesFailed, metrics.DuplicateMessages)...),
	}
	if p.MetricsBlueprints == on {
		results = append(results, graph("Runs that failed, by blueprint", m.byBlueprint(metrics.RunsFailed)))
	}
	f.Dashboard.AddWidgets(results...)
	f.Dashboard.AddWidgets(
		graph("Messages", metric(f.Queue.MetricApproximateNumberOfMessagesVisible, "Maximum", period),
			metric(f.Queue.MetricApproximateNumberOfMessagesNotVisible, "Maximum", period),
			metric(f.Queue.MetricApproximateNumberOfMessagesDelayed, "Maximum", period),
			metric(f.DeadLetters.MetricApproximateNumberOfMessagesVisible, "Maximum", period)),
		graph("Age of the oldest message (s)", metric(f.Queue.MetricApproximateAgeOfOldestMessage, "Maximum", period)),
		graph("Runs and timers looked after",
			m.sums(metrics.RunsStalled, metrics.RunsRescued, metrics.RescuesFailed, metrics.TimersFired, metrics.TimersFailed)...),
	)
	f.Dashboard.AddWidgets(
		graph("Messages that came back, or wait for code", m.sums(metrics.MessagesReturned, metrics.CodeMissing)...),
		graph("Time since the last progress of the oldest run (s)", m.counted(metrics.OldestRun, "Maximum")),
		graph("Messages of the mapping", polled(f.Mapping, "PolledEventCount", period), polled(f.Mapping, "InvokedEventCount", period),
			polled(f.Mapping, "FailedInvokeEventCount", period), polled(f.Mapping, "DeletedEventCount", period)),
	)
	f.Dashboard.AddWidgets(
		graph("Worker", calls(f.Worker)...),
		graph("Duration of nodes and of the worker (ms)", m.counted(metrics.NodeDuration, "p50"), m.counted(metrics.NodeDuration, "p99"),
			metric(f.Worker.MetricDuration, "p99", period)),
		graph("Reconciler", calls(f.Reconciler)...),
	)
	f.Dashboard.AddWidgets(graph(fmt.Sprintf("Concurrency used, of %d", p.MaxConcurrency), m.concurrency(period)))
	for _, row := range m.tableRows() {
		f.Dashboard.AddWidgets(row...)
	}
	if f.Intake != nil {
		f.Dashboard.AddWidgets(
			graph("Intake: messages", metric(f.Intake.MetricApproximateNumberOfMessagesVisible, "Maximum", period),
				metric(f.IntakeDeadLetters.MetricApproximateNumberOfMessagesVisible, "Maximum", period)),
			graph("Intake: age of the oldest message (s)", metric(f.Intake.MetricApproximateAgeOfOldestMessage, "Maximum", period)),
		)
	}
}

// tableRows are rows with a graph of each table: units, throttles, errors.
func (m meters) tableRows() [3][]awscloudwatch.IWidget {
	var rows [3][]awscloudwatch.IWidget
	for _, t := range m.watchedTables() {
		refused := []awscloudwatch.IMetric{t.throttles("", period)}
		for _, index := range t.indexes {
			refused = append(refused, t.throttles(index.Name, period))
		}
		rows[0] = append(rows[0], graph(t.name+" table: units", units(t.table)...))
		rows[1] = append(rows[1], graph(t.name+" table: throttles", refused...))
		rows[2] = append(rows[2], graph(t.name+" table: errors of DynamoDB", t.systemErrors(period)))
	}
	return rows
}

func graph(title string, metrics ...awscloudwatch.IMetric) awscloudwatch.IWidget {
	return awscloudwatch.NewGraphWidget(&awscloudwatch.GraphWidgetProps{
		Title: &title, Left: &metrics, Width: new(float64(8)),
	})
}

func (m meters) sums(names ...string) (all []awscloudwatch.IMetric) {
	for _, name := range names {
		all = append(all, m.counted(name, "Sum"))
	}
	return all
}

// byBlueprint has a line for each existing blueprint.
func (m meters) byBlueprint(name string) awscloudwatch.IMetric {
	return awscloudwatch.NewSearchExpression(&awscloudwatch.SearchExpressionProps{
		Expression: new(fmt.Sprintf(`SEARCH('{%s,%s,%s} %s="%s" MetricName="%s"', 'Sum', %.0f)`,
			metrics.Namespace, metrics.Flow, metrics.Blueprint, metrics.Flow, m.flow.name(), name, period.Seconds())),
		Label: new("${PROP('Dim." + metrics.Blueprint + "')}"),
	})
}

func calls(f awslambda.Function) []awscloudwatch.IMetric {
	return []awscloudwatch.IMetric{
		metric(f.MetricInvocations, "Sum", period), metric(f.MetricErrors, "Sum", period), metric(f.MetricThrottles, "Sum", period),
	}
}

func units(t awsdynamodb.ITable) []awscloudwatch.IMetric {
	return []awscloudwatch.IMetric{
		metric(t.MetricConsumedWriteCapacityUnits, "Sum", period), metric(t.MetricConsumedReadCapacityUnits, "Sum", period),
	}
}
