package localstack

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestRequestsAreCounted(t *testing.T) {
	t.Parallel()
	requests, passed := &Requests{}, ""
	handler := requests.counted(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		passed += string(body)
	}))
	for _, request := range [][2]string{
		{"DynamoDB_20120810.PutItem", "put "},
		{"DynamoDB_20120810.Query", "query "},
		{"AmazonSQS.SendMessage", "one "},
		{"AmazonSQS.SendMessageBatch", `{"Entries":[{},{},{}]}`},
		{"AmazonSQS.DeleteMessageBatch", `{"Entries":[{},{}]}`},
	} {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(request[1]))
		r.Header.Set("X-Amz-Target", request[0])
		handler.ServeHTTP(httptest.NewRecorder(), r)
	}
	if got, want := requests.Counts(), (RequestCounts{DynamoDB: 2, SQS: 3, Messages: 4}); got != want {
		t.Errorf("counts = %+v, want %+v", got, want)
	}
	if passed != `put query one {"Entries":[{},{},{}]}{"Entries":[{},{}]}` {
		t.Errorf("the server got %q", passed)
	}
}
