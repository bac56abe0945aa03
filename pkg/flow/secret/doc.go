// Package secret has the secrets that nodes use, such as the key of an API. A
// blueprint holds a secret's name, {"secret": "NAME"}; the value is read when a node
// needs it, and is in no run, message, log line or error.
//
// In code, [Get] returns the [Value]; the worker reads it from AWS Secrets Manager or
// Parameter Store. A name is
//
//	shop/api-key                      a secret of Secrets Manager
//	shop/api#key                      the field "key" of a secret that is a JSON object
//	arn:aws:secretsmanager:…:NAME     a secret of another account or region
//	ssm:/shop/api-key                 a parameter of Parameter Store
//	arn:aws:ssm:…:parameter/NAME      a parameter of another account or region
//
// each with a field behind # or without.
package secret
