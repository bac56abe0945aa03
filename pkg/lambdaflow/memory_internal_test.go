package lambdaflow

import (
	"runtime/debug"
	"testing"

	"github.com/flowcraft-go/flowcraft/internal/settings"
)

// TestLimitMemory is not parallel: the limit is that of the process.
func TestLimitMemory(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetMemoryLimit(before) })
	for name, test := range map[string]struct {
		environment map[string]string
		want        int64
	}{
		"nine tenths of the function's": {map[string]string{"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256"}, 256 << 20 / 10 * 9},
		"outside of Lambda":             {nil, before},
		"not a number":                  {map[string]string{"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "much"}, before},
		"a limit of the user's":         {map[string]string{"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256", "GOMEMLIMIT": "100MiB"}, before},
	} {
		t.Run(name, func(t *testing.T) {
			debug.SetMemoryLimit(before)
			limitMemory(settings.Lookup(test.environment))
			if got := debug.SetMemoryLimit(-1); got != test.want {
				t.Errorf("the limit is %d bytes, want %d", got, test.want)
			}
		})
	}
}
