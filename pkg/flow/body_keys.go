package flow

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// bodyKeys are the keys of [MessageBody].
var bodyKeys = func() (keys []string) {
	for field := range reflect.TypeFor[MessageBody]().Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		keys = append(keys, name)
	}
	return keys
}()

// senderKeys are the keys that senders other than workers write, by type. Bodies of these
// types have no other key than those of this version and of later ones: a misspelt key
// would be dropped in silence. Jobs, and the types of later versions, may have further
// keys, since workers send them: during a deployment, also newer ones.
var senderKeys = map[MessageType][]string{
	TypeStart:  {"type", "blueprintId", "runId", "input", "tenant", "by", "traceparent"},
	TypeCancel: {"type", "runId", "reason", "by"},
}

// laterKeys are those of later versions: they may come before the deployment of a worker
// that knows them.
var laterKeys = map[MessageType][]string{
	TypeStart:  {"parent"},
	TypeCancel: {"id"},
}

// otherNames are the names that other systems have for keys of this one.
var otherNames = map[string]string{
	"payload": "input", "data": "input", "body": "input", "context": "input", "initialcontext": "input", "arguments": "input", "args": "input", "params": "input", "event": "input",
	"id": "runId", "executionid": "runId", "executionname": "runId", "idempotencykey": "runId", "messagegroupid": "tenant", "group": "tenant", "tenantid": "tenant",
	"blueprint": "blueprintId", "workflow": "blueprintId", "workflowid": "blueprintId", "flowid": "blueprintId", "node": "nodeId", "message": "reason",
}

// maxKeysTold is the number of unknown keys that an error names.
const maxKeysTold = 5

// keys reports the keys of a body that are not exactly those of its type.
func (c *bodyCheck) keys(kind MessageType, fields map[string]json.RawMessage) {
	known, strict := senderKeys[kind]
	if !strict {
		known = bodyKeys
	}
	var told []string
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		if slices.Contains(bodyKeys, key) || slices.Contains(laterKeys[kind], key) {
			continue
		}
		near := nearest(key, known)
		if !strict && !sameWord(key, near) {
			continue
		}
		said := fmt.Sprintf("%q", truncate(key, 40))
		if near != "" {
			said += fmt.Sprintf(" (is it %s?)", near)
		}
		told = append(told, said)
	}
	if len(told) > maxKeysTold {
		told = append(told[:maxKeysTold], fmt.Sprintf("%d more", len(told)-maxKeysTold))
	}
	c.fault(len(told) > 0, "there is no key %s: known are %s, written exactly so", strings.Join(told, ", "), strings.Join(known, ", "))
}

// nearest returns the known key that a key may stand for, "" if it is like none.
func nearest(key string, known []string) string {
	folded := fold(key)
	if name := otherNames[folded]; slices.Contains(known, name) {
		return name
	}
	best, least := "", 3
	for _, name := range known {
		if d := distance(folded, fold(name)); d < least && d < len(name)/2 {
			best, least = name, d
		}
	}
	return best
}

// sameWord reports whether two keys differ in case and separators alone, or by one letter.
func sameWord(key, known string) bool {
	return known != "" && otherNames[fold(key)] != known && distance(fold(key), fold(known)) <= 1
}

// fold removes what differs between the manners of writing a key.
func fold(key string) string {
	return strings.NewReplacer("_", "", "-", "", " ", "", ".", "").Replace(strings.ToLower(truncate(key, 40)))
}

// distance is the number of bytes to insert, remove or change between two short texts.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
