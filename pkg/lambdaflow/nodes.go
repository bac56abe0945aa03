package lambdaflow

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/httpnode"
	"github.com/flowcraft-go/flowcraft/pkg/lambdanode"
)

// WithNodes returns a registry with the worker's own nodes added: http and lambda,
// unless there is code of these names. It is for tests that validate a worker's
// blueprints; lambda cannot be executed there.
func WithNodes(registry flow.Registry) flow.Registry {
	all, _ := withNodes(registry, nil, httpnode.Config{}, nil) // a faulty function is of no interest to a blueprint
	return all
}

// withNodes adds the packaged nodes and the node types of FLOW_LAMBDA_NODES. The error
// joins its faults: a type for which there is code too, and functions without a valid
// name.
func withNodes(registry flow.Registry, functions map[string]string, config httpnode.Config, client *lambdanode.Client) (flow.Registry, error) {
	all := flow.Registry{httpnode.Name: httpnode.New(config), lambdanode.Name: lambdanode.New(client)}
	var errs []error
	for _, uses := range slices.Sorted(maps.Keys(functions)) {
		if registry.Has(uses) {
			errs = append(errs, fmt.Errorf("FLOW_LAMBDA_NODES names the function of node type %q, for which the worker's registry has code: remove one of them", uses))
		}
		all[uses] = lambdanode.For(functions[uses])
	}
	maps.Copy(all, registry)
	all, err := lambdanode.Bind(all, client)
	return all, errors.Join(append(errs, err)...)
}
