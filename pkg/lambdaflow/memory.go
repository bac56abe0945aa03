package lambdaflow

import (
	"runtime/debug"
	"strconv"
)

// limitMemory lets the garbage collector work harder before the function's memory is
// used up, since Lambda kills a function that exceeds it. A tenth is left for memory that
// the runtime does not count. A limit that is set as GOMEMLIMIT stays.
func limitMemory(lookup func(string) (string, bool)) {
	if limit := memoryOf(lookup) / 10 * 9; limit > 0 {
		if _, own := lookup("GOMEMLIMIT"); !own {
			debug.SetMemoryLimit(int64(limit))
		}
	}
}

// memoryOf returns the function's memory in bytes; 0 where it is not known.
func memoryOf(lookup func(string) (string, bool)) int {
	text, _ := lookup("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
	megabytes, err := strconv.Atoi(text)
	if err != nil || megabytes < 0 {
		return 0
	}
	return megabytes << 20
}
