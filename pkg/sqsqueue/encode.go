package sqsqueue

import (
	"fmt"
	"iter"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// SQS's limits for one request, and for one message.
const (
	batchLength = 10
	batchBytes  = 1 << 20
)

const stringType = "String"

// entry is a message to be sent, with its size in bytes as SQS counts it.
type entry struct {
	types.SendMessageBatchRequestEntry
	size int
}

func encode(messages []flow.Outgoing) ([]entry, error) {
	entries := make([]entry, len(messages))
	for i, m := range messages {
		e, err := encodeOne(m)
		if err != nil {
			return nil, fmt.Errorf("message %d: %w", i+1, err)
		}
		entries[i] = e
	}
	return entries, nil
}

func encodeOne(m flow.Outgoing) (entry, error) {
	if m.Delay < 0 || m.Delay > state.MaxDelay {
		return entry{}, fmt.Errorf("delay %s: 0 to %s are possible", m.Delay, state.MaxDelay)
	}
	e := entry{size: len(m.Body)}
	e.MessageBody = &m.Body
	e.DelaySeconds = seconds(m.Delay)
	if m.Tenant != "" {
		e.MessageGroupId = &m.Tenant
	}
	if len(m.Attributes) > 0 {
		e.MessageAttributes = make(map[string]types.MessageAttributeValue, len(m.Attributes))
	}
	for name, value := range m.Attributes {
		e.MessageAttributes[name] = types.MessageAttributeValue{DataType: new(stringType), StringValue: &value}
		e.size += len(name) + len(stringType) + len(value)
	}
	if e.size > batchBytes {
		return entry{}, &state.RefusedError{Reason: fmt.Sprintf("%d bytes: SQS takes %d", e.size, batchBytes)}
	}
	return e, nil
}

// batches splits entries, in order, into requests within SQS's limits, and gives each
// entry its id within the request.
func batches(entries []entry) iter.Seq[[]types.SendMessageBatchRequestEntry] {
	return func(yield func([]types.SendMessageBatchRequestEntry) bool) {
		var batch []types.SendMessageBatchRequestEntry
		size := 0
		for _, e := range entries {
			if len(batch) == batchLength || size+e.size > batchBytes {
				if !yield(batch) {
					return
				}
				batch, size = nil, 0
			}
			e.Id = new(strconv.Itoa(len(batch)))
			batch = append(batch, e.SendMessageBatchRequestEntry)
			size += e.size
		}
		if len(batch) > 0 {
			yield(batch)
		}
	}
}

// seconds rounds up, so that nothing comes back early.
func seconds(d time.Duration) int32 {
	return int32((d + time.Second - 1) / time.Second)
}
