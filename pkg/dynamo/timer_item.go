package dynamo

import (
	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

func (l items) timerItem(t state.Timer) item {
	it := l.timer(t).item()
	it[tables.RunID] = text(t.RunID)
	it[tables.Attempt] = number(int64(t.Attempt))
	it[tables.DueShard] = text(shard(t.RunID, dueShards))
	it[tables.DueAt] = millis(t.DueAt)
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
