package main

import (
	"errors"
	"net"
	"syscall"

	"github.com/aws/smithy-go"
)

// hint returns a remedy for an error of the services, "" if the error is clear by
// itself.
func hint(err error) string {
	if _, dns := errors.AsType[*net.DNSError](err); dns || errors.Is(err, syscall.ECONNREFUSED) {
		return "nothing answers there: is flowctl dev running, or is another endpoint meant (AWS_ENDPOINT_URL_DYNAMODB, AWS_ENDPOINT_URL_SQS, AWS_REGION)?"
	}
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		return ""
	}
	switch api.ErrorCode() {
	case "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue":
		return "is the stack deployed, and is FLOW_QUEUE_URL, or --queue-url, its queue in this region and account?"
	case "UnrecognizedClientException", "InvalidClientTokenId", "ExpiredTokenException", "ExpiredToken":
		return "the credentials are not accepted: log in again, or choose others with AWS_PROFILE"
	case "AccessDeniedException", "AccessDenied":
		return "the caller lacks a permission: GrantStart and GrantRead of the construct give what flowctl needs"
	}
	return ""
}
