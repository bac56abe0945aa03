package lambdanode

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/flowcraft-go/flowcraft/internal/rawjson"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/trace"
)

// NodeType is a node type whose code is a Lambda function, in any language.
type NodeType struct {
	function string
	client   *Client
}

// For returns the registry's entry of a node type whose code is a function, given by
// its name or ARN, with or without a version or alias. lambdaflow.Worker gives it a
// client; elsewhere [Bind] does, and without one the node fails.
//
// The function gets an [Event], and returns {"output": …, "action": …}, of which
// either may be missing, null for no output, or {"error": {"message": …, "code": …,
// "permanent": true}}. An error has the code as it is, so that retryOn, fallbacks and
// readers of the run see the same as with code in Go. An error that the function
// throws has a code as that of the node "lambda": lambda_ and its type.
func For(function string) *NodeType { return &NodeType{function: function} }

// String returns the name of the function.
func (n *NodeType) String() string { return "the function " + n.function }

// Bind returns a registry whose entries made by [For] invoke their functions with
// client; without one, blueprints can be validated. The error joins the entries whose
// function has no valid name, in the order of their own names.
func Bind(registry flow.Registry, client *Client) (flow.Registry, error) {
	bound := maps.Clone(registry)
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(registry)) {
		n, ok := registry[name].(*NodeType)
		if !ok || n == nil {
			continue
		}
		if err := checkFunction(n.function); err != nil {
			errs = append(errs, fmt.Errorf("node type %q: the function %q %w", name, n.function, err))
		}
		bound[name] = &NodeType{n.function, client}
	}
	return bound, errors.Join(errs...)
}

// Event is the payload that the function of a node type gets.
type Event struct {
	Input          json.RawMessage `json:"input"`  // null if there is none
	Params         json.RawMessage `json:"params"` // {} if there are none
	RunID          string          `json:"runId"`
	NodeID         string          `json:"nodeId"`
	Scope          string          `json:"scope"`
	Attempt        int             `json:"attempt"`
	IdempotencyKey string          `json:"idempotencyKey"` // the same for all attempts
	Traceparent    string          `json:"traceparent,omitempty"`
}

// String returns the idempotency key and the attempt, and no values.
func (e Event) String() string { return fmt.Sprintf("%s, attempt %d", e.IdempotencyKey, e.Attempt) }

// Handle implements [flow.Handler].
func (n *NodeType) Handle(ctx context.Context, task *flow.Task) (flow.Result, error) {
	payload, err := json.Marshal(Event{
		orElse(task.Input, "null"), orElse(task.Params, "{}"), task.RunID, task.NodeID, task.Scope, task.Attempt, task.Key, trace.From(ctx),
	})
	if err != nil {
		return flow.Result{}, flow.Permanent(fmt.Errorf("invoke %s: its event has no JSON form", n.function))
	}
	answer, err := call(ctx, n.client, n.function, payload, task)
	if err != nil {
		return flow.Result{}, err
	}
	result, err := readAnswer(answer)
	if err != nil {
		return flow.Result{}, fmt.Errorf("invoke %s: %w", n.function, err)
	}
	return result, nil
}

func orElse(value json.RawMessage, none string) json.RawMessage {
	if len(value) == 0 {
		return json.RawMessage(none)
	}
	return value
}

// call invokes a function once, and returns its result.
func call(ctx context.Context, client *Client, function string, payload json.RawMessage, task *flow.Task) (json.RawMessage, error) {
	if client == nil {
		return nil, flow.Permanent(flow.WithCode(errNoClient, CodeError))
	}
	post, err := request(ctx, function, payload, task)
	if err != nil {
		return nil, fmt.Errorf("invoke %s: %w", function, err)
	}
	out, err := client.invoke(ctx, post)
	if err == nil {
		out.Body = rawjson.TrimMark(out.Body)
		err = judge(out)
	} else {
		err = refused(err)
	}
	if err != nil {
		return nil, fmt.Errorf("invoke %s: %w", function, err)
	}
	return out.Body, nil
}

var errNoClient = errors.New("there is no client of Lambda here: give one to lambdanode.New or lambdanode.Bind")

var _ flow.Handler = (*NodeType)(nil)
