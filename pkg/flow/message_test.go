package flow_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// A body that SQS or DynamoDB would always refuse must be rejected before: it would
// come back without end, or block a run.
func TestBodyThatCanNeverBeValidIsRejected(t *testing.T) {
	t.Parallel()
	long := func(n int) string { return strings.Repeat("x", n) }
	for name, test := range map[string]struct{ body, reason string }{
		"no JSON":               {`{`, "no message in JSON"},
		"no object":             {`[]`, "no message in JSON"},
		"an unknown type":       {`{"type":"stop"}`, `"stop": it must be one of cancel, job, `},
		"a long unknown type":   {`{"type":"` + long(999) + `"}`, "…"},
		"a run id out of form":  {`{"type":"cancel","runId":"a b"}`, "runId"},
		"a job without node":    {`{"runId":"r","blueprintId":"b"}`, "nodeId"},
		"a start of nothing":    {`{"type":"start"}`, "blueprintId"},
		"a tenant with a space": {`{"type":"start","blueprintId":"b","tenant":"a b"}`, "tenant"},
		"a tenant in Greek":     {`{"type":"start","blueprintId":"b","tenant":"λ"}`, "tenant"},
		"a long tenant":         {`{"type":"start","blueprintId":"b","tenant":"` + long(129) + `"}`, "tenant"},
		"a scope beyond a key":  {`{"runId":"r","blueprintId":"b","nodeId":"n","scope":"` + long(999) + `"}`, "scope"},
		"its escapes count":     {`{"runId":"r","blueprintId":"b","nodeId":"n","scope":"` + strings.Repeat("/", 350) + `"}`, "scope"},
		"a resume's scope":      {`{"type":"resume","runId":"r","nodeId":"n","scope":"` + long(999) + `"}`, "scope"},
		"negative hops":         {`{"type":"start","blueprintId":"b","hops":-1}`, "hops"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := flow.ParseMessage(test.body)
			reject, ok := errors.AsType[*flow.RejectError](err)
			if !ok || !strings.Contains(reject.Reason, test.reason) {
				t.Fatalf("ParseMessage = %v, want a rejection that speaks of %s", err, test.reason)
			}
			if len(reject.Reason) > 300 {
				t.Errorf("the reason has %d bytes", len(reject.Reason))
			}
		})
	}
	for _, tenant := range []string{"acme", "a/b:c@d", long(128)} {
		if _, err := flow.ParseMessage(fmt.Sprintf(`{"type":"start","blueprintId":"b","tenant":%q}`, tenant)); err != nil {
			t.Errorf("tenant %q: %v", tenant, err)
		}
	}
}

// Editors and shells on Windows put a byte order mark before a text; one in it is a fault.
func TestByteOrderMarkOfABody(t *testing.T) {
	t.Parallel()
	body, err := flow.ParseMessage("\ufeff" + `{"type":"start","blueprintId":"b","input":{"a":"` + "\ufeff" + `x"}}`)
	if err != nil || body.BlueprintID != "b" || string(body.Input) != `{"a":"`+"\ufeff"+`x"}` {
		t.Errorf("body %+v, input %s, error %v", body, body.Input, err)
	}
	if _, err := flow.ParseMessage("\ufeff\ufeff" + `{"type":"start","blueprintId":"b"}`); err == nil {
		t.Error("two marks are accepted")
	}
}
