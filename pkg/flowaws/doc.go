// Package flowaws connects a program to a deployed stack, which is a queue in SQS and
// three tables in DynamoDB. From an [aws.Config] and their names it makes the client
// that starts, cancels and reads runs, and the parts of a worker and a reconciler.
package flowaws
