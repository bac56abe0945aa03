package lambdaflow_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/flowtest"
	"github.com/flowcraft-go/flowcraft/pkg/lambdaflow"
)

// The params of a worker's nodes are validated; code of the same name is kept.
func TestWithNodes(t *testing.T) {
	t.Parallel()
	b := &flow.Blueprint{ID: "b", Nodes: []flow.Node{{ID: "h", Uses: "http"}, {ID: "l", Uses: "lambda"}, {ID: "c", Uses: "charge"}}}
	own := flow.Registry{"charge": flowtest.Stub(1), "http": flowtest.Stub(2)}
	invalid, _ := errors.AsType[*flow.InvalidError](flow.Validate(b, lambdaflow.WithNodes(own)))
	var paths []string
	if invalid != nil {
		for _, issue := range invalid.Issues {
			paths = append(paths, issue.Path)
		}
	}
	if diff := cmp.Diff([]string{"nodes[1].params.function"}, paths); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
	if len(own) != 2 {
		t.Errorf("the registry was changed: %v", own)
	}
}
