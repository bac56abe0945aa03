package localstack_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/internal/localstack"
	"github.com/flowcraft-go/flowcraft/internal/servers/serverstest"
	"github.com/flowcraft-go/flowcraft/pkg/flowaws"
)

// stack is a running stack whose worker is testdata/function.
type stack struct {
	*localstack.Stack
	t     *testing.T
	out   *output
	parts *flowaws.Stack
}

func start(t *testing.T, config localstack.Config) *stack {
	t.Helper()
	out := newOutput(t)
	config.Worker, config.Output = binary, out
	s, err := localstack.Start(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	parts, err := s.Info.Connect()
	if err != nil {
		t.Fatal(err)
	}
	return &stack{s, t, out, parts}
}

func (s *stack) send(bodies ...string) {
	s.t.Helper()
	entries := make([]types.SendMessageBatchRequestEntry, len(bodies))
	for i, body := range bodies {
		entries[i] = types.SendMessageBatchRequestEntry{Id: new(strconv.Itoa(i)), MessageBody: &body}
	}
	_, err := s.parts.SQS.SendMessageBatch(s.t.Context(), &sqs.SendMessageBatchInput{QueueUrl: &s.Info.QueueURL, Entries: entries})
	if err != nil {
		s.t.Fatal(err)
	}
}

// receives returns the receive counts with which the function saw a body.
func (s *stack) receives(body string) []string {
	var counts []string
	for _, line := range s.out.matching(map[string]any{"handled": body}) {
		counts = append(counts, line["receives"].(string))
	}
	return counts
}

// dead returns the bodies in the dead-letter queue when there are count of them.
func (s *stack) dead(count int) []string {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 2*time.Minute)
	defer cancel()
	bodies := map[string]string{} // of message ids: a letter is received again and again
	for len(bodies) < count {
		got, err := s.parts.SQS.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
			QueueUrl: &s.Info.DLQURL, WaitTimeSeconds: 1, MaxNumberOfMessages: 10,
		})
		if err != nil {
			s.t.Fatalf("dead letters so far %v: %v", bodies, err)
		}
		for _, message := range got.Messages {
			bodies[*message.MessageId] = *message.Body
		}
	}
	return slices.Sorted(maps.Values(bodies))
}

// left returns the number of messages in the work queue, also those that are
// invisible.
func (s *stack) left() int {
	s.t.Helper()
	got, err := s.parts.SQS.GetQueueAttributes(s.t.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl: &s.Info.QueueURL, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	total := 0
	for name, value := range got.Attributes {
		if strings.HasPrefix(name, "ApproximateNumberOfMessages") {
			n, err := strconv.Atoi(value)
			if err != nil {
				s.t.Fatal(err)
			}
			total += n
		}
	}
	return total
}

func TestPartialFailures(t *testing.T) {
	t.Parallel()
	s := start(t, localstack.Config{Visibility: time.Second, MaxReceives: 2, Sandboxes: 1})
	s.send("ok 1", "fail 2", "ok 3", "fail 4")
	if diff := cmp.Diff([]string{"fail 2", "fail 4"}, s.dead(2)); diff != "" {
		t.Errorf("dead letters (-want +got)\n%s", diff)
	}
	got := map[string][]string{}
	for _, body := range []string{"ok 1", "fail 2", "ok 3", "fail 4"} {
		got[body] = s.receives(body)
	}
	want := map[string][]string{"ok 1": {"1"}, "fail 2": {"1", "2"}, "ok 3": {"1"}, "fail 4": {"1", "2"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("receives (-want +got)\n%s", diff)
	}
	if left := s.left(); left != 0 {
		t.Errorf("%d messages are left in the queue, want none", left)
	}
}

// TestWholeBatchFails: all records of a batch come back with the one that fails
// it. The queue may hand out the two one by one: the neighbour fails when it is
// alone, so that only a mapping that deletes it from a failed batch lets it go.
func TestWholeBatchFails(t *testing.T) {
	t.Parallel()
	const neighbour = "company"
	for _, mode := range []string{"crash-once", "error", "panic", "garbage", "unknown", "hang"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			s := start(t, localstack.Config{Timeout: time.Second, Visibility: time.Second, MaxReceives: 2, Sandboxes: 1})
			s.send(neighbour, mode)
			if mode == "crash-once" {
				s.out.await(2, map[string]any{"handled": mode})
				s.out.await(2, map[string]any{"handled": neighbour})
				if got := s.receives(neighbour); !slices.Equal(got, []string{"1", "2"}) {
					t.Errorf("the neighbour was received as %v, want 1 and 2", got)
				}
				return
			}
			if diff := cmp.Diff([]string{neighbour, mode}, s.dead(2)); diff != "" {
				t.Errorf("dead letters (-want +got)\n%s", diff)
			}
			s.out.await(2, map[string]any{"msg": "batch failed"})
		})
	}
}

func TestNullResponseIsSuccess(t *testing.T) {
	t.Parallel()
	s := start(t, localstack.Config{Visibility: time.Second, Sandboxes: 1})
	s.send("null")
	s.out.await(1, map[string]any{"handled": "null"})
	s.send("ok after") // handled by the same sandbox, so that the delete before is done
	s.out.await(1, map[string]any{"handled": "ok after"})
	s.Stop()
	if got := s.receives("null"); !slices.Equal(got, []string{"1"}) {
		t.Errorf("received as %v, want once", got)
	}
}

func TestSandboxesShareTheQueue(t *testing.T) {
	t.Parallel()
	s := start(t, localstack.Config{Batch: 1, Sandboxes: 3})
	meeting := "until " + t.TempDir() + " 3"
	s.send(meeting, meeting, meeting)
	pids := map[any]bool{}
	for _, line := range s.out.await(3, map[string]any{"handled": meeting}) {
		pids[line["pid"]] = true
	}
	if len(pids) != 3 {
		t.Errorf("handled by %v, want three processes", pids)
	}
}

// TestBatchesOfManyAnswers: SQS gives ten messages at a time, and deletes ten, and a
// batch has more.
func TestBatchesOfManyAnswers(t *testing.T) {
	t.Parallel()
	s := start(t, localstack.Config{Batch: 25, BatchWindow: 20 * time.Second, Sandboxes: 1})
	for range 5 {
		s.send("batch", "batch", "batch", "batch", "batch")
	}
	if first := s.out.await(1, map[string]any{"batch": nil})[0]; first["batch"] != 25.0 {
		t.Errorf("the first batch has %v messages, want 25", first["batch"])
	}
	deadline := time.Now().Add(time.Minute) // they would come back only after two more
	for s.left() > 0 && time.Now().Before(deadline) {
		time.Sleep(50 * time.Millisecond)
	}
	if left := s.left(); left > 0 {
		t.Errorf("%d handled messages are left in the queue, want none", left)
	}
}

// TestNoMoreThanCanBeInvoked: messages without a free sandbox stay in the queue,
// where their visibility timeout does not run.
func TestNoMoreThanCanBeInvoked(t *testing.T) {
	t.Parallel()
	s := start(t, localstack.Config{Batch: 1, Sandboxes: 1})
	s.send("hang")
	s.out.await(1, map[string]any{"child": nil})
	s.send("ok 1", "ok 2")
	got, err := s.parts.SQS.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl: &s.Info.QueueURL, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got.Attributes["ApproximateNumberOfMessages"] != "2" || got.Attributes["ApproximateNumberOfMessagesNotVisible"] != "1" {
		t.Errorf("attributes = %v, want 2 visible messages and 1 in flight", got.Attributes)
	}
}

func TestStart(t *testing.T) {
	t.Parallel()
	s := start(t, localstack.Config{Timeout: 7 * time.Second, MaxReceives: 3})
	t.Run("info_is_the_first_line", func(t *testing.T) {
		encoded, err := json.Marshal(s.Info)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]any{}
		if err := json.Unmarshal(encoded, &want); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, s.out.await(1, nil)[0]); diff != "" {
			t.Errorf("first line (-want +got)\n%s", diff)
		}
		for key, value := range want {
			if value == "" {
				t.Errorf("%s is empty", key)
			}
		}
	})
	t.Run("tables_are_there", func(t *testing.T) {
		tables, err := s.parts.DynamoDB.ListTables(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		want := []string{s.Info.ContextTable, s.Info.CoordinationTable, s.Info.StatusTable}
		if diff := cmp.Diff(want, slices.Sorted(slices.Values(tables.TableNames))); diff != "" {
			t.Errorf("tables (-want +got)\n%s", diff)
		}
	})
	t.Run("queue_has_its_settings", func(t *testing.T) {
		got, err := s.parts.SQS.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
			QueueUrl: &s.Info.QueueURL, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll},
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := got.Attributes["VisibilityTimeout"]; got != "42" {
			t.Errorf("visibility timeout = %s, want 6 times the function's", got)
		}
		var redrive struct{ MaxReceiveCount json.Number }
		if err := json.Unmarshal([]byte(got.Attributes["RedrivePolicy"]), &redrive); err != nil || redrive.MaxReceiveCount != "3" {
			t.Errorf("redrive policy = %s, want 3 receives", got.Attributes["RedrivePolicy"])
		}
	})
}

func TestGivenEndpoints(t *testing.T) {
	t.Parallel()
	db, queue := serverstest.DynamoDB(t), serverstest.SQS(t)
	config := localstack.Config{DynamoDBEndpoint: db.Endpoint, SQSEndpoint: queue.Endpoint, Modules: []string{t.TempDir()}}
	first := start(t, config)
	first.Stop()
	config.MaxReceives = 7 // and the existing resources are used again
	second := start(t, config)
	second.send("ok")
	second.out.await(1, map[string]any{"handled": "ok"})
	if first.Info != second.Info || first.Info.SQSEndpoint != queue.Endpoint || first.Info.DynamoDBEndpoint != db.Endpoint {
		t.Errorf("info = %+v, then %+v, want the endpoints given", first.Info, second.Info)
	}
	if err := syscall.Kill(db.PID, 0); err != nil {
		t.Errorf("a server that the stack did not start has ended: %v", err)
	}
}

func TestStartFails(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		config  localstack.Config
		want    string
		invalid bool
	}{
		"without_a_worker":           {localstack.Config{}, "no binary of the worker", true},
		"with_a_huge_batch":          {localstack.Config{Worker: binary, Batch: 10_001, BatchWindow: time.Second}, "batch is 10001, must be 1 to 10000", true},
		"with_a_large_batch_at_once": {localstack.Config{Worker: binary, Batch: 11}, "batch window is 0s", true},
		"with_too_little_memory":     {localstack.Config{Worker: binary, Memory: 64}, "memory is 64, must be 128 to 10240", true},
		"with_a_negative_tick":       {localstack.Config{Worker: binary, Tick: -1}, "tick is -1ns", true},
		"without_the_servers":        {localstack.Config{Worker: binary, Modules: []string{t.TempDir()}}, "npm ci --ignore-scripts", false},
		"if_the_worker_does":         {localstack.Config{Worker: binary, Env: []string{"FLOW_TEST_INIT=fail"}}, "FLOW_QUEUE_URL is not set", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out := newOutput(t)
			c.config.Output = out
			s, err := localstack.Start(t.Context(), c.config)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("start = %v, %v, want an error with %q", s, err, c.want)
			}
			_, invalid := errors.AsType[*localstack.ConfigError](err)
			if invalid != c.invalid {
				t.Errorf("a config error: %v, want %v", invalid, c.invalid)
			}
			for _, line := range out.matching(map[string]any{"sandbox": "start"}) {
				gone(t, pid(line, "pid"))
			}
		})
	}
}

func TestWait(t *testing.T) {
	t.Parallel()
	s := start(t, localstack.Config{})
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Wait(ended); err != nil {
		t.Errorf("after the context's end: %v", err)
	}
	var waiting sync.WaitGroup
	waiting.Go(func() {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		if err := s.Wait(ctx); err == nil || !strings.Contains(err.Error(), "DynamoDB") {
			t.Errorf("after the server's end: %v, want an error that names it", err)
		}
	})
	s.out.await(1, map[string]any{"sandbox": "start"})
	if err := syscall.Kill(server(t, s.Info.DynamoDBEndpoint), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	waiting.Wait()
}

// server returns the pid of the process that serves the endpoint.
func server(t *testing.T, endpoint string) int {
	t.Helper()
	at, err := url.Parse(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	processes, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range processes {
		command, _ := os.ReadFile(path) // some have ended meanwhile
		if !strings.Contains(string(command), "\x00--port\x00"+at.Port()) {
			continue
		}
		id, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	t.Fatalf("no process serves %s", endpoint)
	return 0
}
