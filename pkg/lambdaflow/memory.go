package lambdaflow

import (
	"runtime/debug"
	"strconv"
)

// limitMemory lets the garbage collector work harder before the function's memory is
// used up, since Lambda kills a function that exceeds it. A tenth is left for memory that
// the runtime does not count. Until then it works seldom where there is room: a worker's
// values are small, and most of the memory is free. What is set as GOMEMLIMIT or GOGC stays.
func limitMemory(lookup func(string) (string, bool)) {
	memory := memoryOf(lookup)
	if memory == 0 {
		return
	}
	if _, own := lookup("GOMEMLIMIT"); own {
		return // it may leave no room
	}
	debug.SetMemoryLimit(int64(memory / 10 * 9))
	if _, own := lookup("GOGC"); !own {
		debug.SetGCPercent(collectAt(memory))
	}
}

// collectAt returns by how many per cent the memory in use grows before it is collected.
func collectAt(memory int) int {
	switch megabytes := memory >> 20; {
	case megabytes < 256:
		return 200
	case megabytes < 1024:
		return 400
	}
	return 800
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
