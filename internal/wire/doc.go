// Package wire lets the network between the SDK and its services fail: a [Wire] is
// an [http.RoundTripper] that loses requests and answers, and refuses or half
// executes requests in the words of DynamoDB and SQS. All code that repeats
// requests in production, the SDK's retryer included, is above it and is tested
// with the rest.
package wire
