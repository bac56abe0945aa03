package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/internal/access"
)

// Of the queue and the tables, the functions' roles allow what the end-to-end
// tests have seen the functions request, and what Lambda requests on behalf of
// the worker: nothing less, or runs would stop; and nothing more.
func TestRolesAllowWhatIsRequested(t *testing.T) {
	tm := synthesize(t, nil)
	for role, want := range map[string][]string{"WorkerRole": access.Worker(), "ReconcilerRole": access.Reconciler()} {
		var allowed []string
		for _, permission := range granted(tm, role) {
			if strings.HasPrefix(permission, "dynamodb:") || strings.HasPrefix(permission, "sqs:") {
				allowed = append(allowed, permission)
			}
		}
		if diff := cmp.Diff(want, allowed); diff != "" {
			t.Errorf("%s (-requested +allowed):\n%s", role, diff)
		}
	}
}
