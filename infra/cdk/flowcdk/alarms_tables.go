package flowcdk

import (
	"strings"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"

	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
)

// watchedTable is a table with the names of all that can refuse a request of it.
type watchedTable struct {
	name       string
	table      awsdynamodb.ITable
	indexes    []tables.Index
	operations []string // of the functions; each has a metric of its own
}

func (m meters) watchedTables() []watchedTable {
	return []watchedTable{
		{"Context", m.flow.Tables.Context, tables.Context().Indexes,
			[]string{"BatchGetItem", "PutItem", "Query", "UpdateItem"}},
		{"Status", m.flow.Tables.Status, tables.Status().Indexes,
			[]string{"BatchGetItem", "PutItem", "Query", "UpdateItem"}},
		{"Coordination", m.flow.Tables.Coordination, tables.Coordination().Indexes,
			[]string{"BatchGetItem", "DeleteItem", "PutItem", "Query", "UpdateItem"}},
	}
}

// tableAlarms are those on throttles of each table and each index, and on errors of
// DynamoDB itself, which are counted for a table with its indexes.
func (w watch) tableAlarms() (all []alarm) {
	worker := w.flow.WorkerLogs.LogGroupName()
	for _, t := range w.meters.watchedTables() {
		throttles := func(id, of, index string) {
			all = append(all, alarm{
				id: id + "ThrottlesAlarm", meter: t.throttles(index, time.Minute),
				text: "DynamoDB refuses requests to " + of + " for some minutes: a partition or the whole of it has reached its limit. " +
					"Work is delayed, not lost. The log says which limit it is.",
				first: follow(worker, `?"throttled by" ?ThrottlingError ?ThroughputExceeded`),
			}.lasting())
		}
		table := "the table " + strings.ToLower(t.name)
		throttles(t.name, table, "")
		for _, index := range t.indexes {
			throttles(t.name+strings.ToUpper(index.Name[:1])+index.Name[1:], "the index "+index.Name+" of "+table, index.Name)
		}
		all = append(all, alarm{
			id: t.name + "SystemErrorsAlarm", meter: t.systemErrors(time.Minute),
			text:  "DynamoDB fails at requests to " + table + " for some minutes, by a fault of its own: see AWS's health dashboard. Work is delayed, not lost.",
			first: follow(worker, `"InternalServerError"`),
		}.lasting())
	}
	return all
}

// throttles counts the refused reads and writes of the table, or of an index of it. The
// ids of the two are those of this place alone, since a graph shows several.
func (t watchedTable) throttles(index string, period time.Duration) awscloudwatch.IMetric {
	dimensions := map[string]*string{"TableName": t.table.TableName()}
	label, id := t.name, strings.ToLower(t.name)
	if index != "" {
		dimensions["GlobalSecondaryIndexName"] = &index
		label, id = label+"/"+index, index
	}
	return sum(label, period, map[string]awscloudwatch.IMetric{
		id + "Reads":  dynamo("ReadThrottleEvents", dimensions, period),
		id + "Writes": dynamo("WriteThrottleEvents", dimensions, period),
	})
}

// systemErrors counts the errors of DynamoDB's own, which are kept by operation.
func (t watchedTable) systemErrors(period time.Duration) awscloudwatch.IMetric {
	of := map[string]awscloudwatch.IMetric{}
	for _, operation := range t.operations {
		of[strings.ToLower(operation[:1])+operation[1:]] = dynamo("SystemErrors", map[string]*string{
			"TableName": t.table.TableName(), "Operation": &operation,
		}, period)
	}
	return sum(t.name, period, of)
}

func dynamo(name string, dimensions map[string]*string, period time.Duration) awscloudwatch.IMetric {
	return awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
		Namespace: new("AWS/DynamoDB"), MetricName: &name, DimensionsMap: &dimensions, Statistic: new("Sum"), Period: seconds(period),
	})
}
