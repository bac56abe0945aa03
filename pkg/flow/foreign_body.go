package flow

import (
	"encoding/json"
	"strings"
)

// startForm is a start message, for errors.
const startForm = `{"type":"start","blueprintId":"…","input":…}`

// foreign says which event of another service a body is, and how it becomes a start; ""
// if it is none that is known.
func foreign(fields map[string]json.RawMessage) string {
	has := func(keys ...string) bool {
		for _, key := range keys {
			if fields[key] == nil {
				return false
			}
		}
		return true
	}
	const send = ": nothing here reads it; let a function or a rule send " + startForm + " instead"
	switch {
	case has("TopicArn", "Message"):
		return "the body is a notification of SNS: switch on raw message delivery for the subscription, and publish " + startForm
	case has("detail-type", "detail"):
		return "the body is an event of EventBridge: give the rule an input transformer that makes " + startForm
	case has("Service", "Bucket", "Event"):
		return "the body is the test event that S3 sends to a new target" + send
	case has("requestContext"):
		return "the body is a request of API Gateway or of a function URL" + send
	case has("Records"):
		return "the body is an event of " + sourceOf(fields["Records"]) + send
	}
	return ""
}

// sourceOf names the service whose records these are.
func sourceOf(records json.RawMessage) string {
	var list []struct {
		EventSource string `json:"eventSource"` // SNS writes EventSource
	}
	if json.Unmarshal(records, &list) != nil || len(list) == 0 || list[0].EventSource == "" {
		return "another service (Records)"
	}
	return strings.ToUpper(strings.TrimPrefix(truncate(list[0].EventSource, 40), "aws:"))
}

// untyped says how a body without a type becomes a message; "" for a job, which needs none.
func untyped(b *MessageBody, fields map[string]json.RawMessage) string {
	if fields["type"] != nil || b.NodeID != "" {
		return ""
	}
	if b.BlueprintID != "" || b.Input != nil {
		return `the body has no type, and no nodeId as jobs have: set "type":"start" if it is to start a run`
	}
	return `the body has no type: a start is ` + startForm
}
