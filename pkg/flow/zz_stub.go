package flow
import "encoding/json"
import "github.com/flowcraft-go/flowcraft/pkg/flow/internal/expression"
func (e *InvalidError) Error() string { return "" }
func Validate(*Blueprint, Registry) error { return nil }
func ParseBlueprint(x []byte) (*Blueprint, error) { var b Blueprint; return &b, json.Unmarshal(x, &b) }
type builtin struct{ prepare func(json.RawMessage) (prepared, []Issue) }
type prepared struct{ handler Handler; programs []*expression.Program }
func builtinFor(string) (builtin, bool) { return builtin{}, false }
