package budget

import (
	"fmt"

	"github.com/flowcraft-go/flowcraft/internal/docs/docstest"
)

// price is the price of a unit of something.
type price struct {
	of, unit string
	dollars  float64
}

// The list prices of AWS, in a region and as of a month. They are here alone: the
// documented costs are computed from them. The free tier is not counted.
const pricedIn, pricedAt = "us-east-1", "November 2026"

var (
	writeUnits     = price{"DynamoDB, write units on demand", "million", 0.625}
	readUnits      = price{"DynamoDB, read units on demand", "million", 0.125}
	storage        = price{"DynamoDB, storage", "GB and month", 0.25}
	recovery       = price{"DynamoDB, point-in-time recovery", "GB and month", 0.20}
	requests       = price{"SQS, requests of standard queues", "million", 0.40}
	invocations    = price{"Lambda, invocations", "million", 0.20}
	computing      = price{"Lambda, time on arm64", "million GB-seconds", 13.3334}
	logged         = price{"CloudWatch, lines of logs", "GB", 0.50}
	metric         = price{"CloudWatch, metrics", "metric and month", 0.30}
	alarmed        = price{"CloudWatch, metrics of alarms", "metric and month", 0.10}
	dashboard      = price{"CloudWatch, dashboards", "dashboard and month", 3}
	customerKey    = price{"KMS, a key of your own", "key and month", 1}
	keyRequests    = price{"KMS, requests with a key of your own", "million", 3}
	pricesInTables = []price{
		writeUnits, readUnits, storage, recovery, requests, invocations, computing, logged, metric, alarmed, dashboard, customerKey, keyRequests,
	}
)

// pricesTable is the documentation's table of prices.
func pricesTable() string {
	var rows [][]string
	for _, p := range pricesInTables {
		rows = append(rows, []string{p.of, "$" + fmt.Sprint(p.dollars), p.unit})
	}
	return docstest.Table([]string{fmt.Sprintf("%s, %s", pricedIn, pricedAt), "price", "of a"}, rows)
}
