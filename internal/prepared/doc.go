// Package prepared makes the requests of an SDK's client for DynamoDB with stacks of
// middleware that are built once. The client itself builds the stack of every request anew,
// which is a large part of a request's processor time and garbage. Everything that the stack
// does is done as before: validation, endpoints, credentials, signatures, retries, clock skew
// and errors. A client whose configuration brings middleware, interceptors, tracing or
// metrics of its own is used as it is, since these may keep state for one request.
package prepared
