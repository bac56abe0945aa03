package localstack

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTaskWrites(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		op, request, response string
		want                  []taskWrite
	}{
		"put": {
			op:      "PutItem",
			request: `{"TableName":"context","Item":{"runId":{"S":"r"},"key":{"S":"node#a"},"state":{"S":"done"},"owner":{"S":"me"},"starts":{"N":"1"},"edges":{"L":[]}}}`,
			want:    []taskWrite{{"r", "node#a", "done", "me"}},
		},
		"update_gives_the_new_item": {
			op:       "UpdateItem",
			request:  `{"TableName":"context","Key":{"runId":{"S":"r"},"key":{"S":"node#a@p.1"}},"UpdateExpression":"SET x = :x","ReturnValues":"ALL_NEW"}`,
			response: `{"Attributes":{"state":{"S":"running"},"owner":{"S":"me"},"leaseUntil":{"N":"5"}}}`,
			want:     []taskWrite{{"r", "node#a@p.1", "running", "me"}},
		},
		"update_is_read": {
			op: "UpdateItem",
			request: `{"TableName":"context","Key":{"runId":{"S":"r"},"key":{"S":"node#a"}},
				"UpdateExpression":"SET #0 = :0, owner=:1, #2 = if_not_exists(#2, :2)\nADD starts :2",
				"ConditionExpression":"#0 = :3",
				"ExpressionAttributeNames":{"#0":"state","#2":"failures"},
				"ExpressionAttributeValues":{":0":{"S":"retrying"},":1":{"S":"you"},":2":{"N":"0"},":3":{"S":"running"}}}`,
			want: []taskWrite{{"r", "node#a", "retrying", "you"}},
		},
		"update_leaves_the_state": {
			op: "UpdateItem",
			request: `{"TableName":"context","Key":{"runId":{"S":"r"},"key":{"S":"node#a"}},"UpdateExpression":"SET resume = :0",
				"ExpressionAttributeValues":{":0":{"S":"early"}}}`,
			want: []taskWrite{{RunID: "r", Key: "node#a"}},
		},
		"other_item":  {op: "PutItem", request: `{"TableName":"context","Item":{"runId":{"S":"r"},"key":{"S":"input#ab"}}}`},
		"other_table": {op: "PutItem", request: `{"TableName":"status","Item":{"runId":{"S":"r"},"key":{"S":"node#a"}}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := taskWrites("context", []byte(c.request), []byte(c.response))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("writes (-want +got)\n%s", diff)
			}
		})
	}
}
