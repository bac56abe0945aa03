package prepared

import (
	"context"
	"errors"
	"sync"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// errCaptured ends the request that is begun only to see its stack.
var errCaptured = errors.New("the stack is built")

// invocation sends requests through one stack, one after the other: a stack holds what it
// does with a request.
type invocation struct {
	name    string
	handler middleware.Handler
	values  context.Context // of every request
}

func newInvocation(name string, client smithyhttp.ClientDo, stack *middleware.Stack, values context.Context) *invocation {
	return &invocation{name, middleware.DecorateHandler(smithyhttp.NewClientHandlerWithOptions(client), stack), values}
}

// idle are the invocations that send nothing: as many as have sent at a time.
type idle struct {
	mu    sync.Mutex
	those []*invocation
}

// mostIdle bounds them; a stack takes some kilobytes.
const mostIdle = 64

func (i *idle) take() *invocation {
	i.mu.Lock()
	defer i.mu.Unlock()
	last := len(i.those) - 1
	if last < 0 {
		return nil
	}
	taken := i.those[last]
	i.those[last] = nil
	i.those = i.those[:last]
	return taken
}

func (i *idle) give(back *invocation) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if len(i.those) < mostIdle {
		i.those = append(i.those, back)
	}
}

// valuesOf returns the context values by which the SDK's middleware knows the request.
func valuesOf(name string, options dynamodb.Options) context.Context {
	ctx := middleware.WithServiceID(context.Background(), dynamodb.ServiceID)
	ctx = middleware.WithOperationName(ctx, name)
	ctx = middleware.SetLogger(ctx, options.Logger)
	ctx = awsmiddleware.SetServiceID(ctx, dynamodb.ServiceID)
	ctx = awsmiddleware.SetRegion(ctx, options.Region)
	return awsmiddleware.SetOperationName(ctx, name)
}

func (i *invocation) invoke(ctx context.Context, in any) (result any, metadata middleware.Metadata, err error) {
	result, metadata, err = i.handler.Handle(&requestContext{ctx, i.values}, in)
	if err != nil {
		err = &smithy.OperationError{ServiceID: dynamodb.ServiceID, OperationName: i.name, Err: err}
	}
	return result, metadata, err
}

// requestContext is a caller's context with values that hide its own.
type requestContext struct {
	context.Context
	values context.Context
}

func (c *requestContext) Value(key any) any {
	if value := c.values.Value(key); value != nil {
		return value
	}
	return c.Context.Value(key)
}

// outputReader reads each answer into an output of its own; that of the SDK's stack has only
// one.
type outputReader[Out any] struct {
	protocol smithyhttp.ClientProtocol
	schema   *smithy.OperationSchema
}

// ID is that of the SDK's middleware, whose place it takes.
func (*outputReader[Out]) ID() string { return "OperationDeserializer" }

// HandleDeserialize implements [middleware.DeserializeMiddleware].
func (r *outputReader[Out]) HandleDeserialize(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (
	out middleware.DeserializeOutput, metadata middleware.Metadata, err error,
) {
	out, metadata, err = next.HandleDeserialize(ctx, in)
	response, ok := out.RawResponse.(*smithyhttp.Response)
	if !ok {
		return out, metadata, err // the transport's
	}
	defer func() { smithyhttp.CloseResponseBody(ctx, response, false, err) }()
	if err != nil {
		return out, metadata, err
	}
	output := new(Out)
	err = r.protocol.DeserializeResponse(ctx, r.schema, dynamodb.TypeRegistry, response, any(output).(smithy.Deserializable))
	out.Result = output
	return out, metadata, err
}
