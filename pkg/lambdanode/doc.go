// Package lambdanode is the node "lambda", which invokes a Lambda function, in
// whatever language it is written, and waits for its result:
//
//	{"id": "charge", "uses": "lambda", "params": {"function": "charge-card:live"}}
//
// The payload is the node's input (null if it has none), the output is the
// function's result. params.function is a name or an ARN, with or without a
// version or alias; params.functionExpression in its place is an expression
// whose value is one.
//
// A function that fails fails the attempt, with code lambda_ and the function's
// errorType (lambda_Unhandled where it gives none). So does Lambda where it does
// not invoke the function, with lambda_ and the name of its error: for good if
// that is a 4xx, since no retry grants a permission, and retried if it is a
// throttle or a 5xx. Where there is no answer the code is lambda_error.
//
// Lambda cannot tell a second invocation from the first. The client here sends
// one again only when it is certain that the function was not invoked; that an
// attempt's answer was lost, nobody can know. So functions get the task's
// idempotency key, the same for all attempts, in the client context:
// context.clientContext.custom.idempotencyKey in Node,
// context.client_context.custom["idempotencyKey"] in Python. An attempt that is
// given up by the node's timeout ends the call, not the function.
package lambdanode
