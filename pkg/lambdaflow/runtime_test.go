package lambdaflow_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/flowcraft-go/flowcraft/internal/servers/stacktest"
)

// runtimeAPI is the part of Lambda that a function's process talks to.
type runtimeAPI struct {
	*httptest.Server
	events    chan []byte
	responses chan []byte // of a failed invocation: its error
}

func newRuntimeAPI(t *testing.T) *runtimeAPI {
	api := &runtimeAPI{events: make(chan []byte), responses: make(chan []byte)}
	requests := 0
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", func(w http.ResponseWriter, r *http.Request) {
		select {
		case event := <-api.events:
			requests++
			w.Header().Set("Lambda-Runtime-Aws-Request-Id", fmt.Sprint("request-", requests))
			w.Header().Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(time.Now().Add(time.Minute).UnixMilli()))
			w.Write(event)
		case <-r.Context().Done():
		}
	})
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/{outcome}", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.WriteHeader(http.StatusAccepted)
		api.responses <- body
	})
	api.Server = httptest.NewServer(mux)
	t.Cleanup(api.Close)
	return api
}

// invoke sends an event to the function, and returns its answer.
func (api *runtimeAPI) invoke(t *testing.T, event []byte) string {
	t.Helper()
	hang := time.After(5 * time.Minute)
	select {
	case api.events <- event:
	case <-hang:
		t.Fatal("the function does not ask for an event")
	}
	select {
	case response := <-api.responses:
		return string(response)
	case <-hang:
		t.Fatal("the function does not answer")
	}
	return ""
}

// environment returns that of a function of the stack.
func environment(stack *stacktest.Stack, api *runtimeAPI) map[string]string {
	environment := stack.Environment()
	environment["AWS_LAMBDA_RUNTIME_API"] = strings.TrimPrefix(api.URL, "http://")
	environment["AWS_LAMBDA_LOG_STREAM_NAME"] = "local" // as on the local stack
	return environment
}

// handleBatch receives a batch, sends it to the worker, deletes it, and returns it.
func handleBatch(t *testing.T, api *runtimeAPI, stack *stacktest.Stack) []byte {
	t.Helper()
	out, err := stack.SQS.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{
		QueueUrl: &stack.Names.QueueURL, MaxNumberOfMessages: 10, WaitTimeSeconds: 2,
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll},
	})
	if err != nil {
		t.Fatal(err)
	}
	var event events.SQSEvent
	for _, m := range out.Messages {
		event.Records = append(event.Records, events.SQSMessage{
			MessageId: *m.MessageId, ReceiptHandle: *m.ReceiptHandle, Body: *m.Body, Attributes: m.Attributes,
		})
	}
	payload, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	if response := api.invoke(t, payload); response != `{"batchItemFailures":[]}` {
		t.Fatalf("response: %s", response)
	}
	for _, r := range event.Records {
		if _, err := stack.SQS.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: &stack.Names.QueueURL, ReceiptHandle: &r.ReceiptHandle}); err != nil {
			t.Fatal(err)
		}
	}
	return payload
}
