package flowcdk

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
)

// meters are the metrics of a flow that alarms and the dashboard show.
type meters struct{ flow *Flow }

// metric returns one of a construct's metrics.
func metric(of func(*awscloudwatch.MetricOptions) awscloudwatch.Metric, statistic string, period time.Duration) awscloudwatch.Metric {
	return of(&awscloudwatch.MetricOptions{Statistic: &statistic, Period: seconds(period)})
}

// expression returns a metric that is computed from others.
func expression(label, text string, period time.Duration, of map[string]awscloudwatch.IMetric) awscloudwatch.IMetric {
	return awscloudwatch.NewMathExpression(&awscloudwatch.MathExpressionProps{
		Expression: &text, Label: &label, Period: seconds(period), UsingMetrics: &of,
	})
}

// sum adds up metrics, which have no data where nothing happened: one that is absent
// must not make the sum absent.
func sum(label string, period time.Duration, of map[string]awscloudwatch.IMetric) awscloudwatch.IMetric {
	var terms []string
	for _, name := range slices.Sorted(maps.Keys(of)) {
		terms = append(terms, "FILL("+name+", 0)")
	}
	return expression(label, "SUM(["+strings.Join(terms, ", ")+"])", period, of)
}

var notName = regexp.MustCompile(`[^A-Za-z0-9./_-]`)

// name separates the metrics of several deployments in one account.
func (f *Flow) name() string {
	return notName.ReplaceAllString(*f.Construct.Node().Path(), "_")
}
