package localstack

import (
	"encoding/json"
	"regexp"
	"strings"
)

// taskWrite is the change of a task item by a request, as far as a trace shows it.
type taskWrite struct {
	RunID string `json:"runId"`
	Key   string `json:"key"`
	State string `json:"state,omitempty"` // "" if the write left it as it was
	Owner string `json:"owner,omitempty"`
}

// taskPrefix begins the keys of task items.
const taskPrefix = "node#"

// attributeMap is an item in DynamoDB's JSON.
type attributeMap map[string]struct{ S string }

// itemWrite is a PutItem or an UpdateItem.
type itemWrite struct {
	TableName                 string
	Item                      attributeMap // of a put
	Key                       attributeMap // of an update
	UpdateExpression          string
	ExpressionAttributeNames  map[string]string
	ExpressionAttributeValues attributeMap
}

// taskWrites returns the write of a task item in a request that succeeded, if it is one.
func taskWrites(table string, request, response []byte) ([]taskWrite, error) {
	var write itemWrite
	if err := json.Unmarshal(request, &write); err != nil {
		return nil, err
	}
	var answer struct{ Attributes attributeMap }
	if strings.Contains(string(request), "ALL_NEW") {
		if err := json.Unmarshal(response, &answer); err != nil {
			return nil, err
		}
	}
	w := write.task(answer.Attributes)
	if write.TableName != table || !strings.HasPrefix(w.Key, taskPrefix) {
		return nil, nil
	}
	return []taskWrite{w}, nil
}

// task returns the change that the write makes to its item. The item after the write,
// if DynamoDB returned it, takes precedence.
func (w itemWrite) task(after attributeMap) taskWrite {
	key, set := w.Key, w.assigned()
	if w.Item != nil {
		key, set = w.Item, w.Item
	}
	if after != nil {
		set = after
	}
	return taskWrite{RunID: key["runId"].S, Key: key["key"].S, State: set["state"].S, Owner: set["owner"].S}
}

var assignment = regexp.MustCompile(`([#\w]+)\s*=\s*(:\w+)`)

// assigned returns the attributes to which the update expression assigns a value
// directly.
func (w itemWrite) assigned() attributeMap {
	set := attributeMap{}
	for _, match := range assignment.FindAllStringSubmatch(w.UpdateExpression, -1) {
		name := match[1]
		if alias, ok := w.ExpressionAttributeNames[name]; ok {
			name = alias
		}
		set[name] = w.ExpressionAttributeValues[match[2]]
	}
	return set
}
