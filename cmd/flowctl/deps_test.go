package main

// The tests build binaries of these packages: imported, a change of them is seen
// by the cache of test results.
import (
	_ "github.com/flowcraft-go/flowcraft/pkg/lambdaflow"
)
