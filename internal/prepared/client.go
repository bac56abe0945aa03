package prepared

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/schemas"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/metrics"
	"github.com/aws/smithy-go/middleware"
	"github.com/aws/smithy-go/tracing"
)

// Client makes the requests of a client. Those that a worker makes all the time are
// prepared; all others are the client's own.
type Client struct {
	*dynamodb.Client
	put    operation[dynamodb.PutItemInput, dynamodb.PutItemOutput]
	update operation[dynamodb.UpdateItemInput, dynamodb.UpdateItemOutput]
	get    operation[dynamodb.BatchGetItemInput, dynamodb.BatchGetItemOutput]
}

// String tells that it is a client, and nothing of its credentials.
func (c *Client) String() string { return "client of DynamoDB" }

// New returns a client that makes the same requests. It sends nothing.
func New(client *dynamodb.Client) *Client {
	return &Client{
		Client: client,
		put:    newOperation(client, "PutItem", smithy.NewOperationSchema(schemas.PutItem, schemas.PutItemInput, schemas.PutItemOutput), client.PutItem),
		update: newOperation(client, "UpdateItem", smithy.NewOperationSchema(schemas.UpdateItem, schemas.UpdateItemInput, schemas.UpdateItemOutput), client.UpdateItem),
		get:    newOperation(client, "BatchGetItem", smithy.NewOperationSchema(schemas.BatchGetItem, schemas.BatchGetItemInput, schemas.BatchGetItemOutput), client.BatchGetItem),
	}
}

// PutItem is the client's.
func (c *Client) PutItem(ctx context.Context, in *dynamodb.PutItemInput, options ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error) {
	return c.put.call(ctx, in, options)
}

// UpdateItem is the client's.
func (c *Client) UpdateItem(ctx context.Context, in *dynamodb.UpdateItemInput, options ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	return c.update.call(ctx, in, options)
}

// BatchGetItem is the client's.
func (c *Client) BatchGetItem(ctx context.Context, in *dynamodb.BatchGetItemInput, options ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error) {
	return c.get.call(ctx, in, options)
}

// method is that of a client which makes one kind of request.
type method[In, Out any] func(context.Context, *In, ...func(*dynamodb.Options)) (*Out, error)

// operation is a kind of request.
type operation[In, Out any] struct {
	original method[In, Out]
	prepare  func() *invocation // nil: the original is to be used
	idle     *idle
}

func newOperation[In, Out any](client *dynamodb.Client, name string, schema *smithy.OperationSchema, original method[In, Out]) operation[In, Out] {
	o := operation[In, Out]{original: original, idle: &idle{}}
	options := client.Options()
	if !plain(options) {
		return o
	}
	values, endpoints := valuesOf(name, options), &endpointCache{EndpointResolverV2: options.EndpointResolverV2}
	o.prepare = func() *invocation {
		stack := captured(original, endpoints)
		if stack == nil || adapt(stack, &outputReader[Out]{options.Protocol, schema}) != nil {
			return nil // an SDK that works in another way
		}
		return newInvocation(name, options.HTTPClient, stack, values)
	}
	return o
}

// plain reports whether the stacks of a client hold nothing but the SDK's own middleware.
func plain(o dynamodb.Options) bool {
	i := o.Interceptors
	_, untraced := o.TracerProvider.(*tracing.NopTracerProvider)
	_, unmetered := o.MeterProvider.(metrics.NopMeterProvider)
	//lint:ignore SA1019 a configuration of the user's may still have one
	legacy := o.EndpointResolver != nil
	return len(o.APIOptions) == 0 && untraced && unmetered && o.ClientLogMode == 0 && !legacy &&
		len(i.BeforeExecution)+len(i.BeforeSerialization)+len(i.AfterSerialization)+len(i.BeforeRetryLoop)+len(i.BeforeAttempt)+
			len(i.BeforeSigning)+len(i.AfterSigning)+len(i.BeforeTransmit)+len(i.AfterTransmit)+len(i.BeforeDeserialization)+
			len(i.AfterDeserialization)+len(i.AfterAttempt)+len(i.AfterExecution) == 0
}

// captured returns the stack that the client would send a request through. The last function
// that may change the stack keeps it, and ends the request before it is made.
func captured[In, Out any](original method[In, Out], endpoints dynamodb.EndpointResolverV2) (stack *middleware.Stack) {
	_, _ = original(context.Background(), new(In), func(o *dynamodb.Options) {
		o.EndpointResolverV2 = endpoints
		o.APIOptions = append(o.APIOptions, func(s *middleware.Stack) error {
			stack = s
			return errCaptured
		})
	})
	return stack
}

func (o *operation[In, Out]) call(ctx context.Context, in *In, options []func(*dynamodb.Options)) (*Out, error) {
	if len(options) > 0 || in == nil || o.prepare == nil {
		return o.original(ctx, in, options...)
	}
	invocation := o.idle.take()
	if invocation == nil {
		invocation = o.prepare()
	}
	if invocation == nil {
		return o.original(ctx, in)
	}
	result, metadata, err := invocation.invoke(ctx, in)
	o.idle.give(invocation)
	if err != nil {
		return nil, err
	}
	out := result.(*Out)
	setMetadata(out, metadata)
	return out, nil
}

// setMetadata keeps the metadata of a response in its output, as the client does.
func setMetadata(out any, metadata middleware.Metadata) {
	switch out := out.(type) {
	case *dynamodb.PutItemOutput:
		out.ResultMetadata = metadata
	case *dynamodb.UpdateItemOutput:
		out.ResultMetadata = metadata
	case *dynamodb.BatchGetItemOutput:
		out.ResultMetadata = metadata
	}
}
