// Package serverstest starts local servers for a test.
package serverstest

import (
	"context"
	"testing"

	"github.com/flowcraft-go/flowcraft/internal/servers"
)

// DynamoDB starts a DynamoDB-compatible server with no tables, and stops it
// when the test ends. A server that is not installed fails the test.
func DynamoDB(t testing.TB) *servers.Server { return run(t, servers.DynamoDB) }

// SQS starts an SQS-compatible server with no queues, and stops it when the
// test ends. A server that is not installed fails the test.
func SQS(t testing.TB) *servers.Server { return run(t, servers.SQS) }

func run(t testing.TB, start func(context.Context, ...string) (*servers.Server, error)) *servers.Server {
	t.Helper()
	s, err := start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}
