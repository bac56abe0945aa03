// Package httpnode is the node "http", which requests a URL:
//
//	{"id": "price", "uses": "http", "params": {
//	  "url": "'https://prices.example.com/v1/' + input.sku",
//	  "headers": {"Authorization": "'Bearer ' + priceToken"},
//	  "actions": {"404": "unknown"}
//	}}
//
// Its output is {status, headers, body}: the headers by their names in lower case,
// several values of one joined by ", "; the body decoded if it is JSON, else as text;
// a body that is not UTF-8 is in bodyBase64, in base64, and body is null.
//
// A 2xx status, and one that params.actions names, is a result, with the action named
// there. Any other status fails the attempt with code http_STATUS, permanently unless
// it is 408, 429 or a 5xx; a Retry-After of up to 15 minutes is obeyed. Without any
// answer the code is http_error.
//
// Addresses that are not on the public internet are refused (http_refused) unless
// [Config] allows them, also after name resolution and redirects.
package httpnode
