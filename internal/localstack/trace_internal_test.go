package localstack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/internal/servers/serverstest"
	"github.com/flowcraft-go/flowcraft/pkg/dynamo"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// TestTrace: the engine's store writes through the proxy; a write that DynamoDB
// refused leaves no line.
func TestTrace(t *testing.T) {
	t.Parallel()
	config := Config{}.withDefaults()
	server := serverstest.DynamoDB(t)
	var lines bytes.Buffer
	proxy, err := serveTrace(server.Endpoint, config.ContextTable, &lines)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.close)
	config.DynamoDBEndpoint = proxy.endpoint
	stack, err := config.info().Connect()
	if err != nil {
		t.Fatal(err)
	}
	if err := dynamo.CreateTables(t.Context(), stack.DynamoDB, config.info().names().Tables()); err != nil {
		t.Fatal(err)
	}
	before := time.Now()
	writeTasks(t, stack.Store)
	want := []traceLine{
		{taskWrite: taskWrite{"r", "node#a", "running", "me"}, Op: "UpdateItem"},
		{taskWrite: taskWrite{"r", "node#a", "done", "me"}, Op: "PutItem"},
		{taskWrite: taskWrite{"r", "node#b", "done", "me"}, Op: "PutItem"},
	}
	var got []traceLine
	for decoder := json.NewDecoder(&lines); decoder.More(); {
		var line traceLine
		if err := decoder.Decode(&line); err != nil {
			t.Fatal(err)
		}
		if line.Time.Before(before.Truncate(time.Millisecond)) {
			t.Errorf("time = %v, want one of now", line.Time)
		}
		line.Time = time.Time{}
		got = append(got, line)
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(traceLine{})); diff != "" {
		t.Errorf("lines (-want +got)\n%s", diff)
	}
}

// writeTasks claims and completes a task, completes another with a context write, and
// fails to repeat each for another owner.
func writeTasks(t *testing.T, store state.Store) {
	t.Helper()
	a, b := state.TaskKey{Node: "a"}, state.TaskKey{Node: "b"}
	for _, owner := range []string{"me", "you"} {
		claim := state.Claim{RunID: "r", TaskKey: a, Owner: owner, LeaseUntil: time.Now(), Guard: state.Absent("state")}
		_, claimErr := store.Claim(t.Context(), claim)
		_, doneErr := store.Commit(t.Context(), state.Transition{
			Task:  &state.TaskRecord{RunID: "r", TaskKey: a, State: flow.TaskDone, Owner: owner},
			Guard: state.And(state.Equal("state", "running"), state.Equal("owner", owner)),
		})
		_, bothErr := store.Commit(t.Context(), state.Transition{
			Task: &state.TaskRecord{RunID: "r", TaskKey: b, State: flow.TaskDone, Owner: owner,
				Writes: []state.ContextWrite{{Key: "total", ContextValue: state.ContextValue{Value: json.RawMessage("1")}}}},
			Guard: state.Absent("state"),
		})
		for _, err := range []error{claimErr, doneErr, bothErr} {
			if conflict := errors.Is(err, state.ErrConflict); err != nil && !conflict || conflict != (owner == "you") {
				t.Fatalf("write of %s: %v", owner, err)
			}
		}
	}
}

// TestTraceOfADyingSender: a write that DynamoDB carries out has its line, even if
// the sender was killed before the answer.
func TestTraceOfADyingSender(t *testing.T) {
	t.Parallel()
	sender, die := context.WithCancel(t.Context())
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		die()
		select {
		case <-r.Context().Done():
			t.Error("the write was cancelled with its sender")
		case <-time.After(200 * time.Millisecond): // in which that would have come
		}
		_, _ = io.WriteString(w, "{}")
	}))
	t.Cleanup(upstream.Close)
	written := make(chan string, 1)
	proxy, err := serveTrace(upstream.URL, "flow-context", writerFunc(func(line []byte) { written <- string(line) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.close)
	body := `{"TableName":"flow-context","Item":{"runId":{"S":"r"},"key":{"S":"node#a"},"state":{"S":"done"}}}`
	request, err := http.NewRequestWithContext(sender, http.MethodPost, proxy.endpoint, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Amz-Target", "DynamoDB_20120810.PutItem")
	if _, err := http.DefaultClient.Do(request); err == nil {
		t.Error("the sender got an answer, want none: it was to die before")
	}
	select {
	case line := <-written:
		if !strings.Contains(line, `"key":"node#a","state":"done"`) {
			t.Errorf("line = %s, want the write's", line)
		}
	case <-time.After(2 * time.Minute):
		t.Error("there is no line for the write")
	}
}

type writerFunc func(line []byte)

func (f writerFunc) Write(line []byte) (int, error) {
	f(line)
	return len(line), nil
}
