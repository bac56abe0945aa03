package wire

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// indexes hold the answers of queries of secondary indexes, which lag behind their
// tables.
type indexes struct {
	lag     bool
	answers map[string][]byte // the last one by index and hash key
}

var emptyPage = []byte(`{"Count":0,"Items":[],"ScannedCount":0}`)

// indexKey identifies a query of an index, without the bound of its range.
func indexKey(r Request) (string, bool) {
	var query struct {
		ExpressionAttributeValues map[string]struct{ S string }
		ExclusiveStartKey         json.RawMessage
	}
	if r.Index == "" || json.Unmarshal(r.Body, &query) != nil {
		return "", false
	}
	var key strings.Builder
	key.WriteString(r.Index)
	for _, name := range slices.Sorted(maps.Keys(query.ExpressionAttributeValues)) {
		key.WriteString("#" + query.ExpressionAttributeValues[name].S)
	}
	return key.String() + string(query.ExclusiveStartKey), true
}

// stale returns the last answer to a query of an index, while the indexes lag.
func (w *Wire) stale(r Request) ([]byte, bool) {
	key, ok := indexKey(r)
	if !ok {
		return nil, false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.index.lag {
		return nil, false
	}
	if answer, ok := w.index.answers[key]; ok {
		return answer, true
	}
	return emptyPage, true
}

func (w *Wire) remember(r Request, answer []byte) {
	key, ok := indexKey(r)
	if !ok {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.index.answers[key] = answer
}
