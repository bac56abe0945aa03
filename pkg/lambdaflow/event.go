package lambdaflow

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-lambda-go/events"
)

// fromSQS is the event source of a queue's records.
const fromSQS = "aws:sqs"

var errNoSQSEvent = errors.New("the event is no SQS event (it has no Records), so nothing was done: this function receives from its queue, and a run is started by a message there (flowctl start, or aws sqs send-message)")

// checkEvent refuses events of others than a queue's mapping.
func checkEvent(event events.SQSEvent) error {
	if len(event.Records) == 0 {
		return errNoSQSEvent
	}
	for _, record := range event.Records {
		if record.EventSource != "" && record.EventSource != fromSQS {
			return fmt.Errorf("the event has records of %q and not of SQS, so nothing was done: this function receives from its queue only", named(record.EventSource))
		}
	}
	return nil
}

// checkTick refuses events that are clearly meant for another function. A schedule sends
// its own event or any input.
func checkTick(event json.RawMessage) error {
	var other struct {
		Type           string          `json:"type"`
		BlueprintID    string          `json:"blueprintId"`
		DetailType     string          `json:"detail-type"`
		Records        json.RawMessage `json:"Records"`
		RequestContext json.RawMessage `json:"requestContext"`
	}
	if json.Unmarshal(event, &other) != nil { // no object: it says nothing
		return nil
	}
	const none = "so no tick was made: this is the reconciler, which a schedule invokes"
	switch {
	case other.Records != nil:
		return errors.New("the event has Records, as those of queues and streams, " + none + "; a queue's mapping belongs to the worker")
	case other.BlueprintID != "" || other.Type != "":
		return errors.New("the event looks like a message, " + none + "; send it to the work queue")
	case other.RequestContext != nil:
		return errors.New("the event is a request of API Gateway or of a function URL, " + none)
	case other.DetailType != "" && other.DetailType != "Scheduled Event":
		return fmt.Errorf("the event is %q of EventBridge, %s", named(other.DetailType), none)
	}
	return nil
}

// named returns a name from an event, for an error, which quotes it.
func named(name string) string {
	const most = 60
	if len(name) > most {
		name = strings.ToValidUTF8(name[:most], "") + "…"
	}
	return name
}
