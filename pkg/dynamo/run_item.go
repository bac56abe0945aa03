package dynamo

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// runItem is the run as one item of the status table. The epoch is always
// there: guards compare it.
func runItem(r state.Run) item {
	it := item{
		tables.RunID: text(r.ID),
		tables.Epoch: number(int64(r.Epoch)),
	}
	it.putText(tables.RunStatus, string(r.Status))
	it.putText(tables.BlueprintID, r.BlueprintID)
	it.putText(tables.BlueprintVersion, r.BlueprintVersion)
	it.putText(tables.BlueprintHash, r.BlueprintHash)
	it.putText(tables.InputHash, r.InputHash)
	it.putText(tables.Tenant, r.Tenant)
	it.putText(tables.StartMessageID, r.StartMessageID)
	it.putText(tables.StartOwner, r.StartOwner)
	it.putMillis(tables.StartLeaseUntil, r.StartLeaseUntil)
	it.putMillis(tables.StartedAt, r.StartedAt)
	it.putSeconds(tables.LastUpdated, r.LastUpdated)
	it.putMillis(tables.FinishedAt, r.FinishedAt)
	it.putSet(tables.Awaiting, r.Awaiting)
	if r.Active {
		it[tables.Active] = text(shard(r.ID, activeShards))
	}
	it.putNumber(tables.Rescues, r.Rescues)
	it.putJSON(tables.Result, r.Result)
	putFailure(it, r.Error)
	it.putSeconds(tables.TTL, r.Expires)
	return it
}

func runOf(it item) state.Run {
	return state.Run{
		ID:               it.text(tables.RunID),
		BlueprintID:      it.text(tables.BlueprintID),
		BlueprintVersion: it.text(tables.BlueprintVersion),
		BlueprintHash:    it.text(tables.BlueprintHash),
		InputHash:        it.text(tables.InputHash),
		Tenant:           it.text(tables.Tenant),
		Status:           flow.Status(it.text(tables.RunStatus)),
		Epoch:            int(it.number(tables.Epoch)),
		StartMessageID:   it.text(tables.StartMessageID),
		StartOwner:       it.text(tables.StartOwner),
		StartLeaseUntil:  it.millis(tables.StartLeaseUntil),
		StartedAt:        it.millis(tables.StartedAt),
		LastUpdated:      it.seconds(tables.LastUpdated),
		FinishedAt:       it.millis(tables.FinishedAt),
		Awaiting:         it.set(tables.Awaiting),
		Active:           it[tables.Active] != nil,
		Rescues:          int(it.number(tables.Rescues)),
		Result:           it.json(tables.Result),
		Error:            failureOf(it),
		Expires:          it.seconds(tables.TTL),
	}
}

func inputItem(r state.Run) item {
	it := item{tables.RunID: text(r.ID), tables.ItemKey: text(inputKey)}
	it.putJSON(tables.Value, r.Input)
	it.putSeconds(tables.TTL, r.Expires)
	return it
}

// valueItem is one context key. A deleted one is kept: it covers the key of
// that name of the run's input.
func valueItem(runID, name string, value state.ContextValue, expires time.Time) item {
	it := item{tables.RunID: text(runID), tables.ItemKey: text(contextKey(name))}
	if value.Deleted {
		it[tables.Deleted] = &types.AttributeValueMemberBOOL{Value: true}
	} else {
		it.putJSON(tables.Value, value.Value)
	}
	it.putSeconds(tables.TTL, expires)
	return it
}

func valueOf(it item) state.ContextValue {
	return state.ContextValue{Value: it.json(tables.Value), Deleted: it.flag(tables.Deleted)}
}

func bodyItem(b state.BlueprintBody) item {
	it := item{tables.RunID: text(blueprintPartition(b.Hash)), tables.ItemKey: text(bodyKey)}
	it.putJSON(tables.Body, b.Body)
	return it
}

func joinOf(it item) state.Join {
	return state.Join{
		Arrived: it.set(tables.Arrived),
		Taken:   it.set(tables.Taken),
		First:   it.text(tables.First),
	}
}

func timerItem(t state.Timer) item {
	it := item{
		tables.CoordinationKey: text(timerKey(t)),
		tables.RunID:           text(t.RunID),
		tables.Attempt:         number(int64(t.Attempt)),
		tables.DueShard:        text(shard(t.RunID, dueShards)),
		tables.DueAt:           millis(t.DueAt),
	}
	it.putText(tables.Node, t.Node)
	it.putText(tables.Scope, t.Scope)
	it.putText(tables.Job, t.Body)
	it.putText(tables.Tenant, t.Tenant)
	it.putSeconds(tables.TTL, t.Expires)
	return it
}

func timerOf(it item) state.Timer {
	return state.Timer{
		RunID:   it.text(tables.RunID),
		TaskKey: state.TaskKey{Node: it.text(tables.Node), Scope: it.text(tables.Scope)},
		Attempt: int(it.number(tables.Attempt)),
		DueAt:   it.millis(tables.DueAt),
		Body:    it.text(tables.Job),
		Tenant:  it.text(tables.Tenant),
		Expires: it.seconds(tables.TTL),
	}
}
