package dynamo

import (
	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// runItem returns the run as one item of the status table. The epoch is always
// present: guards compare it.
func runItem(r state.Run) item {
	it := item{
		tables.RunID: text(r.ID),
		tables.Epoch: number(int64(r.Epoch)),
	}
	it.putNumber(tables.Format, r.Format)
	it.putText(tables.RunStatus, string(r.Status))
	it.putText(tables.BlueprintID, r.BlueprintID)
	it.putText(tables.BlueprintVersion, r.BlueprintVersion)
	it.putText(tables.BlueprintHash, r.BlueprintHash)
	it.putText(tables.InputHash, r.InputHash)
	it.putText(tables.Tenant, r.Tenant)
	it.putText(tables.StartMessageID, r.StartMessageID)
	it.putText(tables.StartOwner, r.StartOwner)
	it.putText(tables.StartedBy, r.StartedBy)
	it.putText(tables.CancelledBy, r.CancelledBy)
	it.putText(tables.StartedByStated, r.StartedByStated)
	it.putText(tables.CancelledByStated, r.CancelledByStated)
	it.putText(tables.Traceparent, r.Traceparent)
	it.putMillis(tables.StartLeaseUntil, r.StartLeaseUntil)
	it.putMillis(tables.StartedAt, r.StartedAt)
	it.putMillis(tables.EndsBy, r.EndsBy)
	it.putSeconds(tables.LastUpdated, r.LastUpdated)
	it.putMillis(tables.FinishedAt, r.FinishedAt)
	it.putTexts(tables.Awaiting, r.Awaiting)
	it.putText(tables.WaitingFor, r.WaitingFor)
	it.putNumber(tables.Rescues, r.Rescues)
	it.putFlag(tables.Items, r.Items)
	it.putValue(tables.Result, r.Result)
	putFailure(it, r.Error)
	it.putSeconds(tables.TTL, r.Expires)
	putIndexKeys(it, r)
	return it
}

// putIndexKeys adds the keys by which the indexes contain a run.
func putIndexKeys(it item, r state.Run) {
	if r.Active {
		it[tables.Active] = text(shard(r.ID, activeShards))
	}
	if r.BlueprintID != "" {
		it[tables.List] = text(r.BlueprintID + "#" + shard(r.ID, listShards))
	}
	if r.Status == flow.Failed {
		it[tables.Attention] = text(attentionFailed + shard(r.ID, listShards))
		it.putMillis(tables.Since, r.FinishedAt)
	}
	if r.Error != nil {
		it.putText(tables.ErrorCode, r.Error.Code)
		it.putText(tables.ErrorNode, r.Error.NodeID)
	}
}

// attentionFailed begins the key, in the attention index, of failed runs.
const attentionFailed = "failed#"

func runOf(it item) state.Run {
	return state.Run{
		ID:                it.text(tables.RunID),
		Format:            int(it.number(tables.Format)),
		BlueprintID:       it.text(tables.BlueprintID),
		BlueprintVersion:  it.text(tables.BlueprintVersion),
		BlueprintHash:     it.text(tables.BlueprintHash),
		InputHash:         it.text(tables.InputHash),
		Tenant:            it.text(tables.Tenant),
		Status:            flow.Status(it.text(tables.RunStatus)),
		Epoch:             int(it.number(tables.Epoch)),
		StartMessageID:    it.text(tables.StartMessageID),
		StartOwner:        it.text(tables.StartOwner),
		StartedBy:         it.text(tables.StartedBy),
		CancelledBy:       it.text(tables.CancelledBy),
		StartedByStated:   it.text(tables.StartedByStated),
		CancelledByStated: it.text(tables.CancelledByStated),
		Traceparent:       it.text(tables.Traceparent),
		StartLeaseUntil:   it.millis(tables.StartLeaseUntil),
		StartedAt:         it.millis(tables.StartedAt),
		EndsBy:            it.millis(tables.EndsBy),
		LastUpdated:       it.seconds(tables.LastUpdated),
		FinishedAt:        it.millis(tables.FinishedAt),
		Awaiting:          it.texts(tables.Awaiting),
		WaitingFor:        it.text(tables.WaitingFor),
		Active:            it[tables.Active] != nil,
		Rescues:           int(it.number(tables.Rescues)),
		Items:             it.flag(tables.Items),
		Result:            it.value(tables.Result),
		Error:             failureOf(it),
		Expires:           it.seconds(tables.TTL),
	}
}

// runUpdate returns the update of [state.RunChange.Apply]. The attributes come from
// the run item.
func runUpdate(change state.RunChange, after item) update {
	var u update
	if !change.LastUpdated.IsZero() {
		u.replace(after, tables.LastUpdated)
	}
	if !change.LastUpdated.IsZero() || change.Finish != nil || change.Leave {
		u.replace(after, tables.Active)
	}
	if change.ResetRescues || change.Rescues > 0 {
		u.replace(after, tables.Rescues)
	}
	if change.WaitingFor != nil {
		u.replace(after, tables.WaitingFor)
	}
	if change.StartOwner != "" {
		u.replace(after, tables.StartOwner, tables.StartLeaseUntil)
	}
	if change.Finish != nil {
		u.replace(after, finishNames...)
	}
	return u
}

// finishNames are the attributes that the end of a run decides.
var finishNames = []string{
	tables.RunStatus, tables.Result, tables.Result + tables.RefSuffix, tables.FinishedAt, tables.CancelledBy, tables.CancelledByStated,
	tables.Error, tables.ErrorCode, tables.ErrorNode, tables.Attention, tables.Since,
}

func (l items) inputItem(r state.Run) item {
	it := l.input(r.ID, r.InputName()).item()
	it.putValue(tables.Value, r.Input)
	it.putSeconds(tables.TTL, r.RecordsExpire())
	return it
}
