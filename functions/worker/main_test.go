package main

import (
	"os"
	"testing"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/lambdaflow"
)

// This worker must have the code for every blueprint that is deployed with it.
func TestBlueprints(t *testing.T) {
	t.Parallel()
	blueprints, err := flow.LoadBlueprints(os.DirFS("../../blueprints"))
	if err != nil {
		t.Fatal(err)
	}
	if len(blueprints) == 0 {
		t.Fatal("there are no blueprints")
	}
	for _, b := range blueprints {
		if err := flow.Validate(b, lambdaflow.WithNodes(registry)); err != nil {
			t.Error(err)
		}
	}
}
