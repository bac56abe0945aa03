// Package httpnode is the node "http", which requests a URL:
//
//	{"id": "price", "uses": "http", "params": {
//	  "url": "https://prices.example.com/v1/{sku}",
//	  "path": {"sku": "input.sku"},
//	  "query": {"currency": "input.currency"},
//	  "headers": {"Authorization": "'Bearer ' + priceToken"},
//	  "actions": {"404": "unknown"}
//	}}
//
// Each value of path is one segment of the URL and each of query one parameter, whatever
// it contains. A url may be an expression, too, whose value is the whole URL.
//
// Its output is {status, headers, body}: the headers by their names in lower case,
// several values of one joined by ", ", set-cookie as a list; the body decoded if its
// type is JSON, else as text; a body that is not UTF-8 is in bodyBase64, in base64, and
// body is null. A body whose type is JSON and that is none fails the attempt with code
// http_body, unless params.decode is "text".
//
// A 2xx status, and one that params.actions names, is a result, with the action named
// there. Any other status fails the attempt with code http_STATUS, permanently unless
// it is 408, 429 or a 5xx; a Retry-After of up to 15 minutes is obeyed. Without any
// answer the code is http_error.
//
// Addresses that are not on the public internet are refused (http_refused) unless
// [Config] allows them, also after name resolution and redirects.
package httpnode
