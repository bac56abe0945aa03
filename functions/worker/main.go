// The worker of this deployment: the code of its blueprints' nodes.
package main

import (
	"github.com/flowcraft-go/flowcraft/examples/order"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/lambdaflow"
)

var registry = flow.Registry{
	"order.validate": flow.Func(order.Validate),
	"order.reserve":  flow.Func(order.Reserve),
	"order.review":   flow.TaskFunc(order.Review),
	"order.release":  flow.Func(order.Release),
	"order.charge":   flow.Func(order.Charge),
	"order.email":    flow.Func(order.Email),
	"order.ship":     flow.Func(order.Ship),
}

func main() { lambdaflow.Worker(registry) }
