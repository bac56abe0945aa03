package lambdanode

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/flowcraft-go/flowcraft/internal/signed"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/trace"
)

// Name is the node's name in the registries of the worker and the command line.
const Name = "lambda"

// CodeError is the code of an attempt without an answer of Lambda, or without JSON in
// it.
const CodeError = "lambda_error"

// MaxPayload is Lambda's limit of an invocation's payload, in bytes.
const MaxPayload = 6 << 20

// New returns the node's entry for a registry. Without a client blueprints can be
// validated, and the node fails.
func New(client *Client) flow.Handler {
	return flow.FromParams(func(p *flow.Params) flow.Handler {
		n := readParams(p)
		return flow.HandlerFunc(func(ctx context.Context, task *flow.Task) (flow.Result, error) {
			return n.invoke(ctx, client, task)
		})
	})
}

// node holds the params of one node: the function, or the expression and the functions
// that it may name.
type node struct {
	function   string
	expression *flow.Expression
	functions  []string
}

func readParams(p *flow.Params) node {
	p.Only("function", "functionExpression", "functions")
	n := node{p.Text("function"), p.Expression("functionExpression"), p.List("functions", checkFunction)}
	switch {
	case p.Has("function") && p.Has("functionExpression"):
		p.Fault("function is there too: remove one of them", "functionExpression")
	case !p.Has("function") && !p.Has("functionExpression"):
		p.Fault("it is missing, and required: the name or ARN of the function (or functionExpression, whose value is one)", "function")
	case p.Has("function"):
		if _, err := ParseFunction(n.function); err != nil {
			p.Fault("it "+err.Error(), "function")
		}
	}
	switch {
	case p.Has("functions") && !p.Has("functionExpression"):
		p.Fault("it belongs to functionExpression, which is not there: remove it", "functions")
	case p.Has("functionExpression") && len(n.functions) == 0:
		p.Fault("it is missing, and required beside functionExpression: the names or ARNs that its value may have", "functions")
	}
	return n
}

func checkFunction(text string) error {
	_, err := ParseFunction(text)
	return err
}

func (n *node) invoke(ctx context.Context, client *Client, task *flow.Task) (flow.Result, error) {
	function, err := n.name(task)
	if err != nil {
		return flow.Result{}, err
	}
	output, err := call(ctx, client, function, orElse(task.Input, "null"), task)
	if err != nil || len(output) == 0 {
		return flow.Result{}, err
	}
	return flow.Result{Output: output}, nil
}

func (n *node) name(task *flow.Task) (string, error) {
	if n.expression == nil {
		return n.function, nil
	}
	name, err := n.expression.EvalText(task)
	if err != nil {
		return "", err
	}
	if !slices.Contains(n.functions, name) { // the value may be a secret, or an attempt to call another function
		err := fmt.Errorf("the value of params.functionExpression is not one of params.functions: %s", strings.Join(n.functions, ", "))
		return "", flow.Permanent(flow.WithCode(err, flow.CodeExpression))
	}
	return name, nil
}

// maxClientContext is Lambda's limit for it, in bytes.
const maxClientContext = 3583

// request returns the invocation's input. It refuses payloads and client contexts
// that exceed Lambda's limits.
func request(ctx context.Context, function string, payload json.RawMessage, task *flow.Task) (signed.Post, error) {
	if len(payload) > MaxPayload {
		return signed.Post{}, flow.Permanent(flow.WithCode(fmt.Errorf("the node's input has %d bytes: Lambda takes %d", len(payload), MaxPayload), flow.CodeValueTooLarge))
	}
	custom := map[string]string{"idempotencyKey": task.Key, "attempt": strconv.Itoa(task.Attempt)}
	if traceparent := trace.From(ctx); traceparent != "" {
		custom[trace.Key] = traceparent
	}
	text, err := json.Marshal(map[string]map[string]string{"custom": custom})
	if err != nil {
		return signed.Post{}, err
	}
	clientContext := base64.StdEncoding.EncodeToString(text)
	if len(clientContext) > maxClientContext {
		return signed.Post{}, flow.Permanent(fmt.Errorf("its client context with the idempotency key has %d bytes: Lambda takes %d; shorten the node's id or its config.idempotencyKey", len(clientContext), maxClientContext))
	}
	return signed.Post{
		Path:   "/2015-03-31/functions/" + strings.ReplaceAll(function, ":", "%3A") + "/invocations", // a checked name: nothing else in it has a meaning
		Header: http.Header{"Content-Type": {"application/octet-stream"}, "X-Amz-Client-Context": {clientContext}},
		Body:   payload,
	}, nil
}
