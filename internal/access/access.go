// Package access lists each function's requests to AWS, by the names of IAM's
// actions. The end-to-end tests compare the list with the functions' actual requests,
// and those of infra/cdk with the permissions of their roles.
package access

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// A permission is an action and its resource. The resources are Queue, and the tables
// Context, Status and Coordination, or an index of one: Status/active.

// Worker returns the requests of the worker: its own, and those of Lambda, which
// receives and deletes messages by the same role.
func Worker() []string {
	return slices.Sorted(maps.Keys(union(workerCode, eventSourceMapping)))
}

// WorkerCode returns the requests of the worker itself.
func WorkerCode() []string { return slices.Sorted(slices.Values(workerCode)) }

// Reconciler returns the requests of the reconciler.
func Reconciler() []string { return slices.Sorted(slices.Values(reconciler)) }

var workerCode = []string{
	"dynamodb:BatchGetItem Context",      // tasks, context keys, blueprints
	"dynamodb:BatchGetItem Coordination", // joins
	"dynamodb:BatchGetItem Status",       // runs
	"dynamodb:PutItem Context",           // inputs, commits
	"dynamodb:PutItem Coordination",      // timers
	"dynamodb:PutItem Status",            // starts
	"dynamodb:UpdateItem Context",        // claims, parts of large values
	"dynamodb:UpdateItem Coordination",   // arrivals
	"dynamodb:UpdateItem Status",         // touches, ends
	"sqs:ChangeMessageVisibility Queue",  // returned messages
	"sqs:DeleteMessage Queue",            // messages sent again, before anything else begins
	"sqs:SendMessage Queue",
}

// The permissions that AWS requires of the role of a function that an SQS queue
// invokes.
var eventSourceMapping = []string{"sqs:DeleteMessage Queue", "sqs:GetQueueAttributes Queue", "sqs:ReceiveMessage Queue"}

var reconciler = []string{
	"dynamodb:BatchGetItem Context",    // blueprints, inputs, large values
	"dynamodb:BatchGetItem Status",     // runs
	"dynamodb:DeleteItem Coordination", // locks, timers that were sent
	"dynamodb:PutItem Coordination",    // timers
	"dynamodb:Query Context",           // the tasks of a run
	"dynamodb:Query Coordination/due",  // timers
	"dynamodb:Query Status/active",     // stalled runs
	"dynamodb:UpdateItem Context",      // parts of a large result
	"dynamodb:UpdateItem Coordination", // locks
	"dynamodb:UpdateItem Status",       // marks, ends
	"sqs:GetQueueAttributes Queue",     // the backlog
	"sqs:SendMessage Queue",
}

func union(sets ...[]string) map[string]bool {
	all := map[string]bool{}
	for _, set := range sets {
		for _, permission := range set {
			all[permission] = true
		}
	}
	return all
}

// actions maps the operations of DynamoDB and SQS to IAM's names.
var actions = map[string]string{
	"BatchGetItem": "dynamodb:BatchGetItem", "GetItem": "dynamodb:GetItem", "PutItem": "dynamodb:PutItem", "UpdateItem": "dynamodb:UpdateItem",
	"DeleteItem": "dynamodb:DeleteItem", "Query": "dynamodb:Query", "Scan": "dynamodb:Scan",
	"SendMessage": "sqs:SendMessage", "SendMessageBatch": "sqs:SendMessage", "ReceiveMessage": "sqs:ReceiveMessage",
	"DeleteMessage": "sqs:DeleteMessage", "DeleteMessageBatch": "sqs:DeleteMessage", "GetQueueAttributes": "sqs:GetQueueAttributes",
	"ChangeMessageVisibility": "sqs:ChangeMessageVisibility", "GetQueueUrl": "sqs:GetQueueUrl", "ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
}

type onTable struct{ TableName, IndexName string }

// Requested returns the permissions that a request needs, on resources by their names
// in AWS. target is its header X-Amz-Target.
func Requested(target string, body []byte) ([]string, error) {
	_, operation, _ := strings.Cut(target, ".")
	var request struct {
		onTable
		QueueURL     string `json:"QueueUrl"`
		QueueName    string
		RequestItems map[string]json.RawMessage // of a BatchGetItem, by table
	}
	if err := json.Unmarshal(body, &request); err != nil {
		return nil, fmt.Errorf("decode %s: %w", target, err)
	}
	needed := map[string]bool{}
	action := actions[operation]
	switch {
	case action == "":
		return nil, fmt.Errorf("%s: its IAM action is not known", target)
	case request.RequestItems != nil:
		for table := range request.RequestItems {
			needed[action+" "+table] = true
		}
	case request.QueueName != "":
		needed[action+" "+request.QueueName] = true
	case request.QueueURL != "":
		needed[action+" "+path.Base(request.QueueURL)] = true
	default:
		needed[action+" "+strings.TrimSuffix(request.TableName+"/"+request.IndexName, "/")] = true
	}
	return slices.Sorted(maps.Keys(needed)), nil
}
