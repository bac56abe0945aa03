package lambdaflow

import (
	"maps"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/httpnode"
	"github.com/flowcraft-go/flowcraft/pkg/lambdanode"
)

// WithNodes returns a registry with the worker's own nodes added: http and lambda,
// unless there is code of these names. It is for tests that validate a worker's
// blueprints; lambda cannot be executed there.
func WithNodes(registry flow.Registry) flow.Registry {
	return withNodes(registry, httpnode.Config{}, nil)
}

func withNodes(registry flow.Registry, config httpnode.Config, invoker lambdanode.Invoker) flow.Registry {
	all := flow.Registry{httpnode.Name: httpnode.New(config), lambdanode.Name: lambdanode.New(invoker)}
	maps.Copy(all, registry)
	return all
}
