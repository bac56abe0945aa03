package lambdanode

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/flowcraft-go/flowcraft/internal/signed"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// judge returns the failure that an answer of Lambda tells, nil for a result.
func judge(out *signed.Answer) error {
	kind := out.Header.Get("X-Amz-Function-Error")
	switch {
	case kind != "":
		return failed(kind, out.Body)
	case !json.Valid(out.Body) && len(out.Body) > 0 || !utf8.Valid(out.Body):
		return broken("its result is not JSON")
	}
	return nil
}

// answer is the result of a node type's function.
type answer struct {
	Output json.RawMessage `json:"output"`
	Action string          `json:"action"`
	Error  *answerError    `json:"error"`
}

type answerError struct {
	Message   string `json:"message"`
	Code      string `json:"code"`
	Permanent bool   `json:"permanent"`
}

// readAnswer reads the result of a node type's function. It refuses other keys: a
// result without its wrapping would be taken for no output.
func readAnswer(payload json.RawMessage) (flow.Result, error) {
	if text := bytes.TrimSpace(payload); len(text) == 0 || string(text) == "null" {
		return flow.Result{}, nil
	}
	var a answer
	decoder := json.NewDecoder(bytes.NewReader(payload))
	decoder.DisallowUnknownFields()
	if decoder.Decode(&a) != nil { // whose error may quote values
		return flow.Result{}, broken("its result must be {output, action} or {error: {message, code, permanent}}, and have no other keys")
	}
	if a.Error != nil {
		return flow.Result{}, a.Error.failure()
	}
	result := flow.Result{Action: a.Action}
	if a.Output != nil {
		result.Output = a.Output
	}
	return result, nil
}

// failure returns the error of the node.
func (e *answerError) failure() error {
	code := cmp.Or(e.Code, flow.CodeError)
	if !isCode(code) {
		code = CodeError
	}
	message := strings.ToValidUTF8(e.Message[:min(len(e.Message), maxMessage)], "")
	err := flow.WithCode(fmt.Errorf("the function failed: %s", cmp.Or(message, code)), code)
	if e.Permanent {
		return flow.Permanent(err)
	}
	return err
}

// broken returns the failure of a result that no further attempt makes better.
func broken(message string) error {
	return flow.Permanent(flow.WithCode(errors.New(message), CodeError))
}
