// Package wire lets the network between the SDK and its services fail: a
// [Wire] is an [http.RoundTripper] that loses requests and answers, and refuses
// or half carries out requests in the words of DynamoDB and SQS. What repeats
// requests in production, the SDK's retryer included, stands above it and is
// put to the test with the rest.
package wire
