package e2e

// The tests build binaries of these packages. The imports make the cache of test
// results notice their changes.
import (
	_ "github.com/flowcraft-go/flowcraft/examples/order"
	_ "github.com/flowcraft-go/flowcraft/internal/localstack"
	_ "github.com/flowcraft-go/flowcraft/internal/smoke"
	_ "github.com/flowcraft-go/flowcraft/pkg/flow/memory"
	_ "github.com/flowcraft-go/flowcraft/pkg/lambdaflow"
)
