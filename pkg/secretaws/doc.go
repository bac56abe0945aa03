// Package secretaws reads secrets from AWS Secrets Manager and Parameter Store, for
// package secret. It connects when a secret is read for
// the first time.
package secretaws
