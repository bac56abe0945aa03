package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/internal/access"
)

// For the queue and the tables, the functions' roles allow exactly the requests
// that the end-to-end tests have seen, and those that Lambda makes on behalf of the
// worker: with fewer, runs would stop.
func TestRolesAllowTheRequests(t *testing.T) {
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
