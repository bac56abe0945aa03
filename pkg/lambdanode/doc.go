// Package lambdanode is the node "lambda", which invokes a Lambda function, in any
// language, and waits for its result:
//
//	{"id": "charge", "uses": "lambda", "params": {"function": "charge-card:live"}}
//
// The payload is the node's input (null if it has none), the output is the
// function's result. params.function is a name or an ARN, with or without a
// version or alias; params.functionExpression in its place is an expression
// whose value is one of params.functions. Any other value fails the node for good, so
// that no run invokes a function that its blueprint does not name.
//
// A function that fails fails the attempt, with code lambda_ and the function's
// errorType (lambda_Unhandled if it gives none). So does Lambda if it does not invoke
// the function, with lambda_ and the name of its error: permanently if that is a 4xx,
// since no retry grants a permission, and with retries if it is a throttle or a 5xx.
// Without an answer the code is lambda_error.
//
// Lambda cannot tell a second invocation from the first. The client here repeats a
// request only when it is certain that the function was not invoked; but an answer
// can be lost after the invocation, and the next attempt invokes the function again.
// So functions get the task's idempotency key, the same for all attempts, in the
// client context: context.clientContext.custom.idempotencyKey in Node,
// context.client_context.custom["idempotencyKey"] in Python. Beside it stands the run's
// traceparent, if it has one. The node's timeout ends the call of an attempt, not the
// function.
package lambdanode
