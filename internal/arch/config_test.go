package arch

import (
	"reflect"
	"testing"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// A key of a node's config is good for something: the engine reads its field.
func TestEveryConfigKeyIsRead(t *testing.T) {
	t.Parallel()
	read := fieldsRead(t, "internal/decide/", "pkg/flow/engine/")
	for _, config := range []reflect.Type{reflect.TypeFor[flow.NodeConfig](), reflect.TypeFor[flow.Backoff]()} {
		for field := range config.Fields() {
			if !read[field.Name] {
				t.Errorf("neither internal/decide nor pkg/flow/engine reads %s.%s", config.Name(), field.Name)
			}
		}
	}
}
