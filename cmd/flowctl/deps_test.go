package main

// The tests build binaries of these packages. The imports make the cache of test
// results notice their changes.
import (
	_ "github.com/flowcraft-go/flowcraft/pkg/lambdaflow"
)
