package lambdaflow

import (
	"runtime/debug"
	"testing"

	"github.com/flowcraft-go/flowcraft/internal/settings"
)

// TestLimitMemory is not parallel: limit and percentage are those of the process.
func TestLimitMemory(t *testing.T) {
	before, percent := debug.SetMemoryLimit(-1), debug.SetGCPercent(100)
	t.Cleanup(func() {
		debug.SetMemoryLimit(before)
		debug.SetGCPercent(percent)
	})
	for name, test := range map[string]struct {
		environment map[string]string
		want        int64
		percent     int
	}{
		"nine tenths of the function's": {map[string]string{"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256"}, 256 << 20 / 10 * 9, 400},
		"little memory":                 {map[string]string{"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128"}, 128 << 20 / 10 * 9, 200},
		"much memory":                   {map[string]string{"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024"}, 1024 << 20 / 10 * 9, 800},
		"outside of Lambda":             {nil, before, 100},
		"not a number":                  {map[string]string{"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "much"}, before, 100},
		"a limit of the user's":         {map[string]string{"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256", "GOMEMLIMIT": "100MiB"}, before, 100},
		"a percentage of the user's":    {map[string]string{"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256", "GOGC": "100"}, 256 << 20 / 10 * 9, 100},
	} {
		t.Run(name, func(t *testing.T) {
			debug.SetMemoryLimit(before)
			debug.SetGCPercent(100)
			limitMemory(settings.Lookup(test.environment))
			if got := debug.SetMemoryLimit(-1); got != test.want {
				t.Errorf("the limit is %d bytes, want %d", got, test.want)
			}
			if got := debug.SetGCPercent(100); got != test.percent {
				t.Errorf("the percentage is %d, want %d", got, test.percent)
			}
		})
	}
}
