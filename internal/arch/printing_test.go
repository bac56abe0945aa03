package arch

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"log/slog"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/servers"
	"github.com/flowcraft-go/flowcraft/pkg/dynamo"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/client"
	"github.com/flowcraft-go/flowcraft/pkg/flow/flowtest"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
	"github.com/flowcraft-go/flowcraft/pkg/flowaws"
	"github.com/flowcraft-go/flowcraft/pkg/lambdaflow"
	"github.com/flowcraft-go/flowcraft/pkg/sqsqueue"
)

// printed are the exported types of the packages that users import, each as a
// value: of those that are plain data a zero one, of the others one as its
// constructor makes it. Interfaces and functions are not among them.
func printed(t *testing.T) map[string][]any {
	t.Helper()
	stack, err := flowaws.New(servers.AWSConfig("http://localhost"),
		flowaws.Names{QueueURL: "https://queue", ContextTable: "c", StatusTable: "s", CoordinationTable: "k"}, flowaws.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return map[string][]any{
		"pkg/flow": {
			flow.Backoff{}, flow.Blueprint{}, flow.Edge{}, flow.Event{}, flow.RunStarted, &flow.Expression{}, flow.Failure{}, flow.Inputs{},
			flow.InvalidError{}, flow.Issue{}, flow.JoinAll, flow.MessageBody{}, flow.TypeStart, flow.Node{}, flow.NodeConfig{}, flow.NodeError{},
			flow.NodeReport{}, flow.Outgoing{}, &flow.Params{}, flow.Registry{"price": flowtest.Stub(1)}, flow.RejectError{}, flow.Report{},
			flow.Result{}, flow.AtMostOnce, flow.TaskDone, flow.Running, &flow.Task{}, flow.Verdict{},
		},
		"pkg/flow/state": {
			state.Arrival{}, state.BlueprintKey{}, state.BlueprintVersion{}, state.Claim{}, state.Clock(""), state.ContextValue{}, state.ContextWrite{}, state.Finish{},
			state.GuardClaim(time.Unix(1, 0), 2, flow.AtMostOnce), state.GuardOr, state.Join{}, state.JoinKey{}, state.Message{}, state.ReadSet{},
			state.DamagedError{}, state.RefusedError{}, state.Run{}, state.RunChange{}, state.RunRef{}, state.Snapshot{}, state.TakenEdge{}, state.TaskKey{}, state.TaskQuery{}, state.Taken{}, state.TooLargeError{}, state.ValueChange{},
			state.TaskRecord{}, state.Timer{}, state.Transition{}, state.ViaInline,
		},
		"pkg/flow/client":   {client.New(memory.NewQueue(), memory.NewStore()), client.OtherRunError{}},
		"pkg/flow/flowtest": {flowtest.Call{}, flowtest.Record(flowtest.Stub(1))},
		"pkg/flow/memory":   {memory.DeadLetter{}, memory.NewLocks(time.Now), memory.NewQueue(), memory.NewStore()},
		"pkg/lambdaflow": {
			lambdaflow.Config{}, lambdaflow.Intake{}, lambdaflow.NewReconcilerHandler(nil, nil), lambdaflow.NewWorkerHandler(nil, nil, lambdaflow.Config{}),
		},
		"pkg/flowaws":  {flowaws.Config{}, flowaws.Names{}, stack},
		"pkg/sqsqueue": {sqsqueue.Config{}, stack.Queue, sqsqueue.Return{}},
		"pkg/dynamo": {
			dynamo.Config{}, dynamo.NewContext(stack.Store, "r", time.Time{}), stack.Locks, dynamo.Names{}, stack.Store, stack.Store.Outline(),
		},
	}
}

func TestEveryExportedTypeIsPrinted(t *testing.T) {
	t.Parallel()
	for folder, values := range printed(t) {
		var known []string
		for _, v := range values {
			of := reflect.TypeOf(v)
			if of.Kind() == reflect.Pointer {
				of = of.Elem()
			}
			known = append(known, of.Name())
		}
		for _, name := range dataTypes(t, folder) {
			if !slices.Contains(known, name) {
				t.Errorf("%s.%s is not among the types whose text is tested", folder, name)
			}
		}
	}
}

// dataTypes are a package's exported types but for interfaces and functions.
func dataTypes(t *testing.T, folder string) (names []string) {
	t.Helper()
	for _, file := range sources(t, folder) {
		ast.Inspect(file, func(n ast.Node) bool {
			if spec, ok := n.(*ast.TypeSpec); ok && spec.Name.IsExported() {
				switch spec.Type.(type) {
				case *ast.InterfaceType, *ast.FuncType:
				default:
					names = append(names, spec.Name.Name)
				}
			}
			return true
		})
	}
	return names
}

// payload is a value of a user's, which no text may show.
const payload = "s3cr3t"

// unreadable are addresses, bytes as numbers, and faults of formatting.
var unreadable = regexp.MustCompile(`0x[0-9a-f]{5,}|\[\d+( \d+){4,}\]|%!`)

// open are the packages whose texts show values: they are for tests alone.
var open = []string{"pkg/flow/flowtest"}

func readsWell(folder, text string) bool {
	return !unreadable.MatchString(text) && (slices.Contains(open, folder) || !strings.Contains(text, payload))
}

func TestTextsOfExportedTypesReadWell(t *testing.T) {
	t.Parallel()
	for folder, values := range printed(t) {
		for _, v := range values {
			for _, variant := range variants(v) {
				for _, verb := range []string{"%v", "%+v"} {
					if text := fmt.Sprintf(verb, variant); !readsWell(folder, text) || text == "" && !reflect.ValueOf(variant).IsZero() {
						t.Errorf("%s of %T in %s reads %q", verb, variant, folder, text)
					}
				}
			}
		}
	}
}

// variants are the value, and of plain data also one with every field set, a
// pointer to it and a list of it.
func variants(v any) []any {
	of := reflect.TypeOf(v)
	if of.Kind() != reflect.Struct || of == reflect.TypeFor[state.Guard]() {
		return []any{v}
	}
	pointer := reflect.New(of)
	fill(pointer.Elem(), "", 4)
	full := pointer.Elem()
	list := reflect.Append(reflect.MakeSlice(reflect.SliceOf(of), 0, 1), full)
	return []any{v, full.Interface(), pointer.Interface(), list.Interface()}
}

// fill sets every exported field: values of users to the payload.
func fill(v reflect.Value, name string, depth int) {
	switch v.Interface().(type) {
	case json.RawMessage, []byte:
		v.SetBytes([]byte(`{"note": "` + payload + `"}`))
		return
	case time.Time:
		v.Set(reflect.ValueOf(time.Unix(1_000_000_000, 0)))
		return
	case state.Guard:
		v.Set(reflect.ValueOf(state.GuardRunning()))
		return
	case *slog.Logger:
		v.Set(reflect.ValueOf(slog.Default()))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(map[bool]string{true: payload, false: "some " + strings.ToLower(name)}[name == "Body"])
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(2)
	case reflect.Float64:
		v.SetFloat(2)
	case reflect.Func:
		v.Set(reflect.MakeFunc(v.Type(), nil))
	case reflect.Interface:
		fillInterface(v)
	case reflect.Pointer:
		if depth > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			fill(v.Elem(), name, depth-1)
		}
	case reflect.Struct:
		for field, value := range v.Fields() {
			if field.IsExported() {
				fill(value, field.Name, depth-1)
			}
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), name, depth-1)
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key, name, depth-1)
		fill(value, name, depth-1)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	}
}

func fillInterface(v reflect.Value) {
	switch {
	case v.NumMethod() == 0:
		v.Set(reflect.ValueOf(json.RawMessage(`"` + payload + `"`)))
	case v.Type() == reflect.TypeFor[error]():
		v.Set(reflect.ValueOf(errors.New("no luck")))
	}
}
