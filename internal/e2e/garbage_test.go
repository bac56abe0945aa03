package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// maxBody is SQS's limit of a body, in bytes.
const maxBody = 1 << 20

// filled returns a body of the maximum length, filled at the place of %s.
func filled(format string) string {
	return fmt.Sprintf(format, strings.Repeat("x", maxBody-len(format)+len("%s")))
}

// garbage maps bodies that cannot belong to a run to a part of the reason that must
// be logged for each.
var garbage = map[string]string{
	`{}`:         "has no type",
	`[]`:         "no message in JSON",
	`null`:       "has no type",
	`""`:         "no message in JSON",
	`0`:          "no message in JSON",
	` `:          "no message in JSON",
	`not json`:   "no message in JSON",
	`{"type":`:   "no message in JSON",
	secret:       "no message in JSON",
	`{"type":7}`: "no message in JSON",
	`{"type":"stop","runId":"r","note":"` + secret + `"}`: "unknown type",
	`{"type":"start"}`: "blueprintId",
	`{"type":"start","blueprintId":"chain","runId":"a b/` + secret + `"}`:               "runId",
	`{"type":"start","blueprintId":"unheard-of","input":{"note":"` + secret + `"}}`:     "no blueprint",
	`{"type":"start","blueprintId":"chain","runId":"` + strings.Repeat("r", 129) + `"}`: "runId",
	`{"runId":"nobody","blueprintId":"chain","nodeId":"a"}`:                             "no run nobody",
	`{"runId":"nobody","blueprintId":"unheard-of","nodeId":"a"}`:                        "no run nobody",
	`{"runId":"nobody","blueprintId":"chain"}`:                                          "nodeId",
	`{"runId":"nobody","blueprintId":"chain","nodeId":"a","attempt":-1}`:                "attempt",
	`{"type":"resume","runId":"nobody","nodeId":"a"}`:                                   "does not have resume messages",
	"\x7f\t\r\n \u0080\u009f PK\ufffd\ufffd":                                            "no message in JSON",
	"\ufeff{}\u202e":                                                                    "no message in JSON",
	filled("%s"):                                                                        "no message in JSON",
	filled(`{"type":"%s"}`):                                                             "unknown type",
	filled(`{"type":"start","blueprintId":"%s"}`):                                       "blueprintId",
	filled(`{"type":"start","blueprintId":"unheard-of","input":"%s"}`):                  "no blueprint",
	filled(`{"runId":"nobody","blueprintId":"chain","nodeId":"a","scope":"%s"}`):        "key",
	strings.Repeat("[", maxBody):                                                        "nested",
}

// Garbage ends in the dead-letter queue, with its reason in the log, and the good
// messages beside it complete.
func TestGarbage(t *testing.T) {
	t.Parallel()
	d := start(t, "FLOW_MISSING_BLUEPRINT=5s", "FLOW_MISSING_CODE=5s")
	runs := some(30, "good", "chain", "fan", "choice", "notes")
	large := run{"good-large", "chain", 7}
	head := fmt.Sprintf(`{"type":"start","blueprintId":"chain","runId":%q,"input":{"n":7,"fill":`, large.id)
	messages := append(bodies(runs), filled(head+`"%s"}}`))
	for body := range garbage { // in any order
		messages = slices.Insert(messages, len(messages)/2, body)
	}
	ids := map[string]string{}
	for i, id := range d.send(messages...) {
		ids[id] = messages[i]
	}
	runs = append(runs, large)
	d.ended(runs...)
	d.completed(runs...)
	d.committedOnce(runs...)
	letters := map[string]bool{} // by body; a start that waits for its blueprint may have two, if the answer to a send was lost
	d.eventually(func() string {
		for _, m := range d.dead() {
			letters[d.rejected(m, ids)] = true
		}
		if len(letters) < len(garbage) {
			return fmt.Sprintf("the letters of %d messages, want %d", len(letters), len(garbage))
		}
		return ""
	})
	if diff := cmp.Diff(len(runs), len(d.statuses())); diff != "" {
		t.Errorf("runs (-want +got):\n%s", diff)
	}
	d.quiet()
}

// rejected returns the body that a dead letter had when it was sent, and checks the log
// line of its rejection.
func (d *dev) rejected(m types.Message, ids map[string]string) (body string) {
	first := *m.MessageId
	if sent, ok := m.MessageAttributes[state.AttributeID]; ok {
		first = *sent.StringValue // it has waited for its blueprint
	}
	body = ids[first]
	var last line
	for _, l := range d.matching(func(l line) bool { return l.text("msg") == "message rejected" && l.text("message_id") == *m.MessageId }) {
		last = l
	}
	if reason := garbage[body]; reason == "" || !strings.Contains(last.text("reason"), reason) {
		d.Errorf("reason for %.80q = %q, want one with %q", body, last.text("reason"), reason)
	}
	if last.number("receives") != 5 || len(last.text("reason")) > 400 {
		d.Errorf("line of %.80q = %.1000v, want the fifth receive, and a short reason", body, last)
	}
	return body
}
