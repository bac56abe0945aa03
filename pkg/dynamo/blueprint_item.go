package dynamo

import (
	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

func (l layout) bodyItem(b state.BlueprintBody) item {
	it := l.blueprint(b.Hash).item()
	it.putValue(tables.Body, b.Body)
	return it
}

// versionUpdate keeps the first start and says when the last was.
func versionUpdate(v state.BlueprintVersion) update {
	var u update
	if v.Version != "" {
		u.set(tables.Version, text(v.Version))
	}
	u.keep(tables.FirstStart, millis(v.StartedAt))
	u.set(tables.LastStart, millis(v.StartedAt))
	return u
}
