package dynamo

import (
	"maps"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

func TestCreateTables(t *testing.T) {
	t.Parallel()
	f := setup(t)
	requests, _ := f.wire.during(func() {
		if err := CreateTables(t.Context(), f.client, testNames); err != nil {
			t.Errorf("again: %v", err)
		}
	})
	if slices.Contains(requests, "UpdateTimeToLive") {
		t.Error("again: TTL is enabled twice, which DynamoDB refuses")
	}
	for _, name := range []string{testNames.Context, testNames.Status, testNames.Coordination} {
		ttl, err := f.client.DescribeTimeToLive(t.Context(), &dynamodb.DescribeTimeToLiveInput{TableName: &name})
		if err != nil {
			t.Fatal(err)
		}
		if d := ttl.TimeToLiveDescription; d.TimeToLiveStatus != types.TimeToLiveStatusEnabled || *d.AttributeName != tables.TTL {
			t.Errorf("%s: ttl is %v", name, d)
		}
		table, err := f.client.DescribeTable(t.Context(), &dynamodb.DescribeTableInput{TableName: &name})
		if err != nil {
			t.Fatal(err)
		}
		if mode := table.Table.BillingModeSummary; mode == nil || mode.BillingMode != types.BillingModePayPerRequest {
			t.Errorf("%s: billed by %v", name, mode)
		}
	}
}

// index reads all items of an index that have the hash key.
func (f fixture) index(t *testing.T, table, index, attr, hash string) []item {
	t.Helper()
	expr, err := expression.NewBuilder().WithKeyCondition(expression.Key(attr).Equal(expression.Value(hash))).Build()
	if err != nil {
		t.Fatal(err)
	}
	out, err := f.client.Query(t.Context(), &dynamodb.QueryInput{
		TableName: &table, IndexName: &index, KeyConditionExpression: expr.KeyCondition(),
		ExpressionAttributeNames: expr.Names(), ExpressionAttributeValues: expr.Values(),
	})
	if err != nil {
		t.Fatal(err)
	}
	var items []item
	for _, it := range out.Items {
		items = append(items, it)
	}
	return items
}

func TestIndexes(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.create(t, fullRun())
	t.Run("active holds the runs to look at, with their rescues", func(t *testing.T) {
		items := f.index(t, testNames.Status, tables.ActiveIndex, tables.Active, shard("run-1", activeShards))
		want := item{
			tables.Active: text(shard("run-1", activeShards)), tables.LastUpdated: seconds(fullRun().LastUpdated),
			tables.RunID: text("run-1"), tables.Rescues: number(1), tables.TTL: seconds(fullRun().Expires),
		}
		equal(t, "items", attributesOf(items), attributesOf([]item{want}))
	})
	listed := item{
		tables.RunID: text("run-1"), tables.StartedAt: millis(now), tables.RunStatus: text("failed"), tables.FinishedAt: millis(fullRun().FinishedAt),
		tables.BlueprintID: text("order"), tables.BlueprintHash: text("abc"), tables.BlueprintVersion: text("3"), tables.Tenant: text("acme"),
		tables.ErrorCode: text("error"), tables.ErrorNode: text("ship"), tables.TTL: seconds(fullRun().Expires),
	}
	t.Run("list has the runs of a blueprint, and no payload of theirs", func(t *testing.T) {
		key := "order#" + shard("run-1", listShards)
		want := maps.Clone(listed)
		want[tables.List] = text(key)
		items := f.index(t, testNames.Status, tables.ListIndex, tables.List, key)
		equal(t, "items", attributesOf(items), attributesOf([]item{want}))
	})
	t.Run("attention has the runs that failed, since then", func(t *testing.T) {
		key := "failed#" + shard("run-1", listShards)
		want := maps.Clone(listed)
		want[tables.Attention], want[tables.Since] = text(key), millis(fullRun().FinishedAt)
		items := f.index(t, testNames.Status, tables.AttentionIndex, tables.Attention, key)
		equal(t, "items", attributesOf(items), attributesOf([]item{want}))
	})
	t.Run("a finished run leaves active", func(t *testing.T) {
		f.commit(t, state.Transition{Run: &state.RunChange{RunID: "run-1", Finish: &state.Finish{Status: flow.Completed}}})
		equal(t, "items", len(f.index(t, testNames.Status, tables.ActiveIndex, tables.Active, shard("run-1", activeShards))), 0)
	})
	t.Run("a run that did not fail leaves attention", func(t *testing.T) {
		key := "failed#" + shard("run-1", listShards)
		equal(t, "items", len(f.index(t, testNames.Status, tables.AttentionIndex, tables.Attention, key)), 0)
	})
	t.Run("due holds timers whole, and no joins", func(t *testing.T) {
		timer := state.Timer{RunID: "r", TaskKey: state.TaskKey{Node: "n"}, Attempt: 1, DueAt: now, Body: `{}`, Tenant: "acme", Expires: now}
		f.commit(t, state.Transition{Timer: &timer})
		if _, err := f.Arrive(t.Context(), state.Arrival{RunID: "r", Arrived: []int{3}}); err != nil {
			t.Fatal(err)
		}
		items := f.index(t, testNames.Coordination, tables.DueIndex, tables.DueShard, shard("r", dueShards))
		equal(t, "items", attributesOf(items), attributesOf([]item{testLayout.timerItem(timer)}))
	})
}

// attributesOf makes items comparable.
func attributesOf(items []item) []any {
	var all []any
	for _, it := range items {
		all = append(all, plain(&types.AttributeValueMemberM{Value: it}))
	}
	return all
}
