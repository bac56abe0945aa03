package flowaws_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/flowcraft-go/flowcraft/internal/servers/stacktest"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
	"github.com/flowcraft-go/flowcraft/pkg/flowaws"
)

// The parts belong to one stack: together they start, execute, rescue and read a run,
// on servers that are known only from the names and the endpoints.
func TestStack(t *testing.T) {
	t.Parallel()
	stack := stacktest.New(t)
	b := &flow.Blueprint{ID: "one", Nodes: []flow.Node{{ID: "a", Uses: "pass"}}}
	worker, err := engine.New(stack.Store, stack.Queue, nil, engine.Config{Blueprints: []*flow.Blueprint{b}})
	if err != nil {
		t.Fatal(err)
	}
	reconciler, err := engine.NewReconciler(stack.Store, stack.Locks, stack.Queue, engine.ReconcilerConfig{})
	if err != nil {
		t.Fatal(err)
	}
	id, err := stack.Client().Start(t.Context(), "one", 42)
	if err != nil {
		t.Fatal(err)
	}
	received, err := stack.SQS.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &stack.Names.QueueURL})
	if err != nil || len(received.Messages) != 1 {
		t.Fatalf("received %v: %v", received, err)
	}
	if err := worker.Handle(t.Context(), state.Message{ID: "m", Body: *received.Messages[0].Body, Receives: 1}); err != nil {
		t.Fatal(err)
	}
	if stats, err := reconciler.Tick(t.Context()); err != nil || stats.FailedRuns != 0 {
		t.Errorf("Tick = %+v, %v", stats, err)
	}
	if locked, err := stack.Locks.SetIfNotExist(t.Context(), "door", "me", time.Minute); err != nil || !locked {
		t.Errorf("SetIfNotExist = %t, %v", locked, err)
	}
	report, err := stack.Client().Report(t.Context(), id)
	if err != nil || report.Status != flow.Completed || string(report.Result) != "42" {
		t.Errorf("Report = %v, %v", report, err)
	}
	if err := stack.Client().Cancel(t.Context(), id, "test"); err != nil {
		t.Error(err)
	}
}

func TestNewReportsEverythingThatIsMissing(t *testing.T) {
	t.Parallel()
	cfg := aws.Config{Region: "eu-central-1"}
	for name, test := range map[string]struct {
		cfg   aws.Config
		names flowaws.Names
		want  []string
	}{
		"nothing_is_named":       {cfg, flowaws.Names{}, []string{"connect to the stack: ", "QueueURL"}},
		"no_region":              {aws.Config{}, flowaws.Names{QueueURL: "q"}, []string{"set AWS_REGION"}},
		"one_table_of_three":     {cfg, flowaws.Names{QueueURL: "q", StatusTable: "s"}, []string{"ContextTable is not set", "CoordinationTable is not set"}},
		"two_tables_of_three":    {cfg, flowaws.Names{ContextTable: "c", CoordinationTable: "k"}, []string{"StatusTable is not set"}},
		"everything_at_one_time": {aws.Config{}, flowaws.Names{StatusTable: "s"}, []string{"AWS_REGION", "ContextTable", "CoordinationTable"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stack, err := flowaws.New(test.cfg, test.names, flowaws.Config{})
			if err == nil || stack != nil {
				t.Fatalf("New = %v, %v, want an error", stack, err)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error lacks %q: %v", want, err)
				}
			}
		})
	}
}

func TestClientOfOnePart(t *testing.T) {
	t.Parallel()
	tables := flowaws.Names{ContextTable: "c", StatusTable: "s", CoordinationTable: "k"}
	for name, test := range map[string]struct {
		names flowaws.Names
		use   func(*flowaws.Stack) error
		want  string
	}{
		"without_a_queue_it_does_not_start": {tables, func(s *flowaws.Stack) error {
			_, err := s.Client().Start(t.Context(), "order", nil)
			return err
		}, "only reads"},
		"without_a_queue_it_does_not_cancel": {tables, func(s *flowaws.Stack) error {
			return s.Client().Cancel(t.Context(), "run", "reason")
		}, "only reads"},
		"without_tables_it_does_not_read": {flowaws.Names{QueueURL: "q"}, func(s *flowaws.Stack) error {
			_, err := s.Client().Report(t.Context(), "run")
			return err
		}, "only sends"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stack, err := flowaws.New(aws.Config{Region: "eu-central-1"}, test.names, flowaws.Config{})
			if err != nil {
				t.Fatal(err)
			}
			if err := test.use(stack); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error = %v, want %q", err, test.want)
			}
		})
	}
}
