// Package coldstart tests how much the start of a worker costs, as it is deployed: the
// processor time until it asks Lambda for its first event, compared with that of a
// function that does nothing.
package coldstart
