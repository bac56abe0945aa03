// Package localstack runs a deployment on one machine: DynamoDB- and
// SQS-compatible servers, the tables and queues, and the real binaries of the
// functions, which talk to a local Lambda Runtime API as they do in the cloud.
//
// A [Function] is a pool of sandboxes, each a process of the function's binary that
// handles one invocation at a time. A [Mapping] is the event source mapping: it takes
// batches from a queue, has a function handle them, and deletes the handled messages.
// [Start] combines them.
package localstack
