package e2e

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// item is an item of a table.
type item map[string]types.AttributeValue

func (it item) text(name string) string {
	if s, ok := it[name].(*types.AttributeValueMemberS); ok {
		return s.Value
	}
	return ""
}

// number returns a number, 0 if there is none.
func (it item) number(name string) (n int64) {
	if v, ok := it[name].(*types.AttributeValueMemberN); ok {
		n, _ = strconv.ParseInt(v.Value, 10, 64)
	}
	return n
}

// items returns all items of a table, or of its index if one is named: with these
// attributes, or else with all of them.
func (d *dev) items(table, index string, attributes ...string) iter.Seq[item] {
	scan := &dynamodb.ScanInput{TableName: &table, ConsistentRead: new(true)}
	if index != "" {
		scan.IndexName, scan.ConsistentRead = &index, nil
	}
	if len(attributes) > 0 {
		scan.ExpressionAttributeNames = map[string]string{}
		for i, name := range attributes {
			scan.ExpressionAttributeNames[fmt.Sprint("#", i)] = name
		}
		scan.ProjectionExpression = new(strings.Join(slices.Sorted(maps.Keys(scan.ExpressionAttributeNames)), ","))
	}
	return func(yield func(item) bool) {
		for pages := dynamodb.NewScanPaginator(d.db, scan); pages.HasMorePages(); {
			page, err := pages.NextPage(d.Context())
			if err != nil {
				d.Fatal(err)
			}
			for _, it := range page.Items {
				if !yield(it) {
					return
				}
			}
		}
	}
}

// statuses returns those of all runs, by id.
func (d *dev) statuses() map[string]flow.Status {
	all := map[string]flow.Status{}
	for it := range d.items(d.StatusTable, "", tables.RunID, tables.RunStatus) {
		all[it.text(tables.RunID)] = flow.Status(it.text(tables.RunStatus))
	}
	return all
}

// settled waits until the queue is empty, and checks that no work is left of runs
// that have all ended: the indexes of active runs and of due timers are empty, and
// every remaining item has an expiry.
func (d *dev) settled() {
	d.Helper()
	d.drained()
	for it := range d.items(d.StatusTable, tables.ActiveIndex) {
		d.Errorf("run %s is in the index of active runs", it.text(tables.RunID))
	}
	for it := range d.items(d.CoordinationTable, tables.DueIndex) {
		d.Errorf("timer %s is in the index of due timers", it.text(tables.CoordinationKey))
	}
	for it := range d.items(d.CoordinationTable, "") {
		key, expires := it.text(tables.CoordinationKey), it.number(tables.TTL)
		if expires == 0 {
			d.Errorf("item %s has no ttl", key)
		}
		// A killed reconciler leaves the lock of a run, for the duration of a tick.
		if strings.HasPrefix(key, "lock#") && time.Until(time.UnixMilli(it.number(tables.ExpiresAt))) > timeout+state.Skew {
			d.Errorf("lock %s lasts until %s", key, time.UnixMilli(it.number(tables.ExpiresAt)))
		}
	}
	for it := range d.items(d.ContextTable, "") {
		run := it.text(tables.RunID)
		if it.number(tables.TTL) == 0 && !strings.HasPrefix(run, "blueprint@") {
			d.Errorf("item %s of run %s has no ttl", it.text(tables.ItemKey), run)
		}
	}
}

// drained waits until the queue is empty.
func (d *dev) drained() {
	d.Helper()
	d.eventually(func() string {
		if n := d.depth(d.QueueURL); n > 0 {
			return fmt.Sprintf("%d messages are in the queue", n)
		}
		return ""
	})
}
