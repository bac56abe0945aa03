// The reconciler of this deployment, invoked by a schedule.
package main

import "github.com/flowcraft-go/flowcraft/pkg/lambdaflow"

func main() { lambdaflow.Reconciler() }
