package dynamo

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/flowcraft-go/flowcraft/internal/servers"
	"github.com/flowcraft-go/flowcraft/internal/servers/serverstest"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// A read that lags behind would decide on outdated records. Only the lists of
// indexes may lag: their items are read again before they are acted on.
func TestReads_of_tables_are_consistent(t *testing.T) {
	t.Parallel()
	reads := &readLog{}
	client := dynamodb.NewFromConfig(servers.AWSConfig(serverstest.DynamoDB(t).Endpoint), func(o *dynamodb.Options) {
		o.HTTPClient = &http.Client{Transport: reads}
	})
	if err := CreateTables(t.Context(), client, testNames); err != nil {
		t.Fatal(err)
	}
	s := New(client, testNames, Config{})
	locks, keys := NewCoordinationStore(s), NewContext(s, "r", now)
	key := state.TaskKey{Node: "n"}
	for name, read := range map[string]func() error{
		"load": func() error {
			_, err := s.Load(t.Context(), state.ReadSet{
				RunID: "r", Run: true, Input: true, Tasks: []state.TaskKey{key}, Joins: []state.JoinKey{{TaskKey: key}}, Keys: []string{"k"}, Blueprint: state.BlueprintKey{ID: "b", Hash: "h"},
			})
			return err
		},
		"tasks": func() error {
			for range s.Tasks(t.Context(), state.TaskQuery{RunID: "r", Items: true}) {
			}
			return nil
		},
		"a run":             func() error { _, err := s.Run(t.Context(), "r"); return ignoreNotFound(err) },
		"a context key":     func() error { _, err := keys.Get(t.Context(), "k", new(any)); return err },
		"whether it is set": func() error { _, err := keys.Has(t.Context(), "k"); return err },
		"the whole context": func() error { _, err := keys.ToJSON(t.Context()); return err },
		"a lock":            func() error { _, _, err := locks.Get(t.Context(), "k"); return err },
	} {
		reads.take()
		if err := read(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		made := reads.take()
		if len(made) == 0 {
			t.Errorf("%s: nothing was read", name)
		}
		for _, body := range made {
			for _, table := range body.tables() {
				if !table.ConsistentRead {
					t.Errorf("%s: a read is not consistent: %s", name, body.text)
				}
			}
		}
	}
}

func ignoreNotFound(err error) error {
	if errors.Is(err, flow.ErrNotFound) {
		return nil
	}
	return err
}

// readLog records the requests that read.
type readLog struct {
	mu    sync.Mutex
	reads []readRequest
}

type readRequest struct{ text string }

type readTable struct{ ConsistentRead bool }

// tables returns the parts of the request for each table that it reads.
func (r readRequest) tables() (tables []readTable) {
	var body struct {
		readTable
		RequestItems map[string]readTable
	}
	if json.Unmarshal([]byte(r.text), &body) != nil {
		return nil
	}
	if body.RequestItems == nil {
		return []readTable{body.readTable}
	}
	for _, table := range body.RequestItems {
		tables = append(tables, table)
	}
	return tables
}

func (l *readLog) RoundTrip(request *http.Request) (*http.Response, error) {
	_, operation, _ := strings.Cut(request.Header.Get("X-Amz-Target"), ".")
	switch operation {
	case "GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems":
		text, err := io.ReadAll(request.Body)
		if err != nil {
			return nil, err
		}
		request.Body = io.NopCloser(bytes.NewReader(text))
		l.mu.Lock()
		l.reads = append(l.reads, readRequest{string(text)})
		l.mu.Unlock()
	}
	return http.DefaultTransport.RoundTrip(request)
}

func (l *readLog) take() []readRequest {
	l.mu.Lock()
	defer l.mu.Unlock()
	reads := l.reads
	l.reads = nil
	return reads
}
