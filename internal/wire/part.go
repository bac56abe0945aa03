package wire

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
)

// someKeys lets DynamoDB read the first half of a batch's keys.
func someKeys(r Request, exchange func(Request) (answer, error)) (*http.Response, error) {
	fields, err := decode(r.Body)
	if err != nil {
		return nil, err
	}
	var tables map[string]batchKeys
	if err := json.Unmarshal(fields["RequestItems"], &tables); err != nil {
		return nil, fmt.Errorf("wire: decode the keys: %w", err)
	}
	some, rest := map[string]batchKeys{}, map[string]batchKeys{}
	left := r.Parts / 2
	for _, table := range slices.Sorted(maps.Keys(tables)) {
		keys := tables[table]
		n := min(left, len(keys.Keys))
		left -= n
		if n > 0 {
			some[table] = batchKeys{keys.Keys[:n], keys.ConsistentRead}
		}
		if n < len(keys.Keys) {
			rest[table] = batchKeys{keys.Keys[n:], keys.ConsistentRead}
		}
	}
	fields["RequestItems"] = encode(some)
	return partly(r, fields, r.Parts/2, exchange, func(answer map[string]json.RawMessage) {
		answer["UnprocessedKeys"] = encode(rest)
	})
}

// someEntries lets SQS accept the first half of a batch's entries; of one, none.
func someEntries(r Request, exchange func(Request) (answer, error)) (*http.Response, error) {
	fields, err := decode(r.Body)
	if err != nil {
		return nil, err
	}
	var entries []json.RawMessage
	if err := json.Unmarshal(fields["Entries"], &entries); err != nil {
		return nil, fmt.Errorf("wire: decode the entries: %w", err)
	}
	accepted := len(entries) / 2
	failed := make([]map[string]any, len(entries)-accepted)
	for i, entry := range entries[accepted:] {
		var id struct{ Id string }
		if err := json.Unmarshal(entry, &id); err != nil {
			return nil, fmt.Errorf("wire: decode an entry: %w", err)
		}
		failed[i] = map[string]any{"Id": id.Id, "Code": "InternalError", "Message": "We encountered an internal error.", "SenderFault": false}
	}
	if accepted == 0 {
		return answer{http.StatusOK, jsonHeader(), encode(map[string]any{"Successful": []any{}, "Failed": failed})}.response(), nil
	}
	fields["Entries"] = encode(entries[:accepted])
	return partly(r, fields, accepted, exchange, func(answer map[string]json.RawMessage) { answer["Failed"] = encode(failed) })
}

// partly makes the service answer a part of a request, and adds the rest to its
// answer as unprocessed.
func partly(r Request, fields map[string]json.RawMessage, parts int, exchange func(Request) (answer, error), add func(map[string]json.RawMessage)) (*http.Response, error) {
	r.Body, r.Parts = encode(fields), parts
	a, err := exchange(r)
	if err != nil {
		return nil, err
	}
	if a.status != http.StatusOK {
		return a.response(), nil
	}
	whole, err := decode(a.body)
	if err != nil {
		return nil, err
	}
	add(whole)
	a.body = encode(whole)
	a.header = a.header.Clone()
	a.header.Del("X-Amz-Crc32")
	return a.response(), nil
}

func decode(body []byte) (map[string]json.RawMessage, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		return nil, fmt.Errorf("wire: decode: %w", err)
	}
	return fields, nil
}
