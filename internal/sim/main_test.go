package sim

import (
	"os"
	"runtime/debug"
	"testing"
)

// Thousands of small worlds are made and dropped: to collect them less often saves a
// fifth of the time, and costs some tens of megabytes.
func TestMain(m *testing.M) {
	debug.SetGCPercent(400)
	os.Exit(m.Run())
}
