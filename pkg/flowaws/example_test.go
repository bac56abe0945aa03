package flowaws_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/flowcraft-go/flowcraft/pkg/flow/client"
	"github.com/flowcraft-go/flowcraft/pkg/flowaws"
)

// A shop starts a run for each of its orders, and reads one later. The names are the
// outputs of the deployment; a program that only starts runs needs only the queue's.
func Example() {
	ctx := context.Background()
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		log.Fatal(err)
	}
	stack, err := flowaws.New(cfg, flowaws.Names{
		QueueURL:          os.Getenv("FLOW_QUEUE_URL"),
		ContextTable:      os.Getenv("FLOW_CONTEXT_TABLE"),
		StatusTable:       os.Getenv("FLOW_STATUS_TABLE"),
		CoordinationTable: os.Getenv("FLOW_COORDINATION_TABLE"),
	}, flowaws.Config{})
	if err != nil {
		log.Fatal(err)
	}
	runs := stack.Client()
	id, err := runs.Start(ctx, "order", map[string]string{"orderId": "A-17"}, client.WithRunID("order-A-17"))
	if err != nil {
		log.Fatal(err)
	}
	report, err := runs.Report(ctx, id) // flow.ErrNotFound until a worker has handled its start
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report)
}
