package budget

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/flowcraft-go/flowcraft/internal/docs/docstest"
)

const performance = "../../docs/performance.md"

// stateTransitions is the price of the service to compare with: a node is one transition.
var stateTransitions = price{"Step Functions, state transitions of standard workflows", "million", 25}

// Write units a second that DynamoDB takes.
const (
	partitionUnits = 1000   // one partition: all items of a run are in one of each table
	newTableUnits  = 4_000  // a new table on demand, at once
	quotaUnits     = 40_000 // a table on demand, by an account's first quota
)

// compareCeilings compares the documentation with the ceilings and prices that follow from
// the rows of the costs. Write units of all three tables count as those of one: a ceiling
// is rather higher than documented.
func compareCeilings(t *testing.T, costs [][]string) {
	t.Helper()
	rows := make([][]string, len(costs))
	for i, row := range costs {
		writes, dollars := number(t, row[2]), number(t, row[len(row)-1])
		rows[i] = []string{row[0], row[1], row[4], row[2]}
		for _, units := range []float64{partitionUnits, newTableUnits, quotaUnits} {
			rows[i] = append(rows[i], fmt.Sprintf("%.0f", units/writes))
		}
		rows[i] = append(rows[i], row[len(row)-1], fmt.Sprintf("%.1f", stateTransitions.dollars/dollars))
	}
	docstest.Generated(t, performance, "ceilings", docstest.Table([]string{
		"shape of the run", "DynamoDB requests a node", "SQS requests a node", "write units a node",
		"nodes/s of one run", "of a new table", "of a table at its quota", "$ per million nodes",
		fmt.Sprintf("times cheaper than $%.0f", stateTransitions.dollars),
	}, rows))
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return value
}
