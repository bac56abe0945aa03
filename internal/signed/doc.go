// Package signed sends requests to services of AWS that need few of them, as the SDK's
// clients do: to the same endpoints, with the same settings and credentials. Each such
// client of the SDK would add milliseconds to the start of every worker.
package signed
