// Package expression builds the expressions of requests to DynamoDB, in which names and
// values are replaced by placeholders. The SDK's package of that name does more, and links
// the client of another service for it, which every start of a worker would pay for.
package expression
