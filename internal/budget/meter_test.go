package budget

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// meter counts requests at the wire, below the SDK, and adds up the capacity
// that they consumed.
type meter struct {
	t          *testing.T
	mu         sync.Mutex
	operations map[string]int
	writes     float64 // write units
	reads      float64 // read units
	bytesRead  int64
}

func newMeter(t *testing.T) *meter { return &meter{t: t, operations: map[string]int{}} }

// RoundTrip implements [http.RoundTripper]. It asks for the consumed capacity
// on behalf of the request.
func (m *meter) RoundTrip(request *http.Request) (*http.Response, error) {
	service, operation, _ := strings.Cut(request.Header.Get("X-Amz-Target"), ".")
	dynamo := strings.HasPrefix(service, "DynamoDB")
	if dynamo {
		if err := askForCapacity(request); err != nil {
			return nil, err
		}
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, fmt.Errorf("read the response: %w", err)
	}
	response.Body.Close()
	response.Body = io.NopCloser(bytes.NewReader(body))
	m.mu.Lock()
	defer m.mu.Unlock()
	m.operations[operation]++
	if dynamo {
		m.add(operation, body)
	}
	return response, nil
}

func askForCapacity(request *http.Request) error {
	var fields map[string]json.RawMessage
	if err := json.NewDecoder(request.Body).Decode(&fields); err != nil {
		return fmt.Errorf("decode the request: %w", err)
	}
	fields["ReturnConsumedCapacity"] = json.RawMessage(`"TOTAL"`)
	body, err := json.Marshal(fields)
	if err != nil {
		return fmt.Errorf("encode the request: %w", err)
	}
	request.Body = io.NopCloser(bytes.NewReader(body))
	request.ContentLength = int64(len(body))
	return nil
}

type consumed struct{ CapacityUnits float64 }

func (m *meter) add(operation string, body []byte) {
	var one struct{ ConsumedCapacity consumed }
	var many struct{ ConsumedCapacity []consumed }
	units := 0.0
	if json.Unmarshal(body, &one) == nil {
		units = one.ConsumedCapacity.CapacityUnits
	} else if json.Unmarshal(body, &many) == nil {
		for _, table := range many.ConsumedCapacity {
			units += table.CapacityUnits
		}
	}
	switch operation {
	case "BatchGetItem", "GetItem", "Query":
		m.reads += units
		m.bytesRead += int64(len(body))
	case "Scan":
		m.t.Error("a Scan")
	default:
		m.writes += units
	}
}

// usage holds the counts of a meter.
type usage struct {
	dynamo, sqs   int
	writes, reads float64
	bytesRead     int64
}

var sqsOperations = map[string]bool{"SendMessageBatch": true, "SendMessage": true, "ReceiveMessage": true, "DeleteMessage": true}

func (m *meter) usage() (u usage) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for operation, n := range m.operations {
		if sqsOperations[operation] {
			u.sqs += n
		} else {
			u.dynamo += n
		}
	}
	u.writes, u.reads, u.bytesRead = m.writes, m.reads, m.bytesRead
	return u
}

func (u usage) less(v usage) usage {
	return usage{u.dynamo - v.dynamo, u.sqs - v.sqs, u.writes - v.writes, u.reads - v.reads, u.bytesRead - v.bytesRead}
}
