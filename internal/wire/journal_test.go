package wire_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/wire"
	"github.com/flowcraft-go/flowcraft/pkg/dynamo"
	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
)

// journal is at the servers' end of the wire: it records the writes that DynamoDB
// accepted, and passes the messages that SQS accepted to the queue that delivers
// them.
type journal struct {
	names dynamo.Names
	queue *memory.Queue

	mu        sync.Mutex
	committed map[string]int // by run and node: writes since its outcome, that included
	finished  int
	problems  []string
}

func newJournal(names dynamo.Names, queue *memory.Queue) *journal {
	return &journal{names: names, queue: queue, committed: map[string]int{}}
}

// written is a write, as DynamoDB reads it.
type written struct {
	TableName                string
	Item, Key                map[string]struct{ S string }
	ExpressionAttributeNames map[string]string
}

func (j *journal) answered(x wire.Exchange) {
	if x.Status != http.StatusOK {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.note(x); err != nil {
		j.problems = append(j.problems, fmt.Sprintf("%s: %v", x.Operation, err))
	}
}

func (j *journal) note(x wire.Exchange) error {
	switch x.Operation {
	case "SendMessageBatch":
		return j.deliver(x)
	case "PutItem", "UpdateItem":
		var w written
		err := json.Unmarshal(x.Body, &w)
		j.write(w)
		return err
	}
	return nil
}

func (j *journal) write(w written) {
	it := w.Item
	if it == nil {
		it = w.Key
	}
	run, key := it[tables.RunID].S, it[tables.ItemKey].S
	switch {
	case w.TableName == j.names.Status && slices.Contains(slices.Collect(maps.Values(w.ExpressionAttributeNames)), tables.FinishedAt):
		j.finished++
	case w.TableName == j.names.Context && strings.HasPrefix(key, "node#"):
		if j.committed[run+" "+key] > 0 || flow.State(it[tables.State].S).Committed() {
			j.committed[run+" "+key]++
		}
	}
}

// deliver passes on the messages that the server says it accepted.
func (j *journal) deliver(x wire.Exchange) error {
	var sent struct {
		Entries []struct {
			Id                string
			MessageBody       string
			DelaySeconds      int
			MessageAttributes map[string]struct{ StringValue string }
		}
	}
	var answer struct{ Successful []struct{ Id string } }
	if err := json.Unmarshal(x.Body, &sent); err != nil {
		return err
	}
	if err := json.Unmarshal(x.Answer, &answer); err != nil {
		return err
	}
	for _, entry := range sent.Entries {
		if !slices.ContainsFunc(answer.Successful, func(s struct{ Id string }) bool { return s.Id == entry.Id }) {
			continue
		}
		m := flow.Outgoing{Body: entry.MessageBody, Delay: time.Duration(entry.DelaySeconds) * time.Second, Attributes: map[string]string{}}
		for name, value := range entry.MessageAttributes {
			m.Attributes[name] = value.StringValue
		}
		if err := j.queue.Send(noContext, m); err != nil {
			return err
		}
	}
	return nil
}

// verify lists the records, of an ended run, that were not written exactly once.
func (j *journal) verify(report *flow.Report) (problems []string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	problems = slices.Clone(j.problems)
	if j.finished != 1 {
		problems = append(problems, fmt.Sprintf("the run was finished %d times", j.finished))
	}
	for _, node := range report.Nodes {
		want := 0
		if node.State.Committed() {
			want = 1
		}
		key := report.RunID + " node#" + node.ID
		if got := j.committed[key]; got != want {
			problems = append(problems, fmt.Sprintf("the outcome of %s was written %d times, want %d", node.ID, got, want))
		}
	}
	return problems
}
