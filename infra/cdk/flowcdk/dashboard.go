package flowcdk

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	interfaces "github.com/aws/aws-cdk-go/awscdk/v2/interfaces/interfacesawscloudwatch"
)

// widgetPeriod is what one point of a graph stands for.
const widgetPeriod = 5 * time.Minute

// newDashboard shows, from top to bottom: what is wrong, what waits, who works
// on it, and what it costs the tables.
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
		graph("Messages", metric(f.Queue.MetricApproximateNumberOfMessagesVisible, "Maximum", widgetPeriod),
			metric(f.Queue.MetricApproximateNumberOfMessagesNotVisible, "Maximum", widgetPeriod),
			metric(f.Queue.MetricApproximateNumberOfMessagesDelayed, "Maximum", widgetPeriod),
			metric(f.DeadLetters.MetricApproximateNumberOfMessagesVisible, "Maximum", widgetPeriod)),
		graph("Age of the oldest message (s)", metric(f.Queue.MetricApproximateAgeOfOldestMessage, "Maximum", widgetPeriod)),
		graph("Runs that failed, runs that were resumed", f.events(RunsFailed), f.events(RunsRescued)),
	)
	f.Dashboard.AddWidgets(
		graph("Worker", calls(f.Worker)...),
		graph("Worker: duration (ms)", metric(f.Worker.MetricDuration, "p50", widgetPeriod), metric(f.Worker.MetricDuration, "p99", widgetPeriod)),
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

func calls(f awslambda.Function) []awscloudwatch.IMetric {
	return []awscloudwatch.IMetric{
		metric(f.MetricInvocations, "Sum", widgetPeriod), metric(f.MetricErrors, "Sum", widgetPeriod), metric(f.MetricThrottles, "Sum", widgetPeriod),
	}
}

func units(t awsdynamodb.Table) []awscloudwatch.IMetric {
	return []awscloudwatch.IMetric{
		metric(t.MetricConsumedWriteCapacityUnits, "Sum", widgetPeriod), metric(t.MetricConsumedReadCapacityUnits, "Sum", widgetPeriod),
	}
}
