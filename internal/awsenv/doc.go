// Package awsenv reads the configuration of a Lambda function for the SDK's clients from
// the environment: region, credentials, endpoints, certificates. It is for programs in
// which only the environment can have settings. The SDK's own package config reads files
// and asks services too; it links four more services for that, which costs every start
// of a worker a quarter of its time.
package awsenv
