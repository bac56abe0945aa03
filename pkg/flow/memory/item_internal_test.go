package memory

import (
	"reflect"
	"testing"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// A clone shares no memory with its original: a field that is added must be
// copied too.
func TestClonesShareNothing(t *testing.T) {
	t.Parallel()
	run, task, join, value := filled[state.Run](), filled[state.TaskRecord](), filled[state.Join](), filled[state.ContextValue]()
	for name, pair := range map[string][2]any{
		"run": {run, cloneRun(run)}, "task": {task, cloneTask(task)}, "join": {join, cloneJoin(join)}, "value": {value, cloneValue(value)},
	} {
		for _, field := range shared(reflect.ValueOf(pair[0]), reflect.ValueOf(pair[1]), name) {
			t.Errorf("%s is shared with the clone", field)
		}
	}
}

// filled has one element in every slice, and a value behind every pointer.
func filled[T any]() (value T) {
	fill(reflect.ValueOf(&value).Elem())
	return value
}

func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i))
			}
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	case reflect.Pointer:
		if v.Type().Elem().PkgPath() != "time" { // a time's zone never changes
			v.Set(reflect.New(v.Type().Elem()))
			fill(v.Elem())
		}
	}
}

// shared are the fields of both whose memory is the same.
func shared(a, b reflect.Value, path string) (fields []string) {
	switch a.Kind() {
	case reflect.Struct:
		for i := range a.NumField() {
			if field := a.Type().Field(i); field.IsExported() {
				fields = append(fields, shared(a.Field(i), b.Field(i), path+"."+field.Name)...)
			}
		}
	case reflect.Slice:
		if a.Pointer() == b.Pointer() {
			return []string{path}
		}
		return shared(a.Index(0), b.Index(0), path+"[0]")
	case reflect.Pointer:
		if !a.IsNil() && a.Pointer() == b.Pointer() {
			return []string{path}
		}
		if !a.IsNil() {
			return shared(a.Elem(), b.Elem(), path)
		}
	}
	return fields
}
