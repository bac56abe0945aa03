package localstack

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/flowcraft-go/flowcraft/internal/servers"
)

// stopGrace is what invocations under way have to end in when the stack stops.
const stopGrace = 2 * time.Second

// Stack is a running local stack.
type Stack struct {
	Info   Info
	Worker *Function

	log   *Log
	died  chan error // a server that ended by itself
	stops []func()   // in the order in which things were started
	stop  sync.Once
}

// Start starts the servers that the configuration does not name, creates
// tables and queues, writes [Info] as the first line of the output, makes sure
// that the worker starts, and has it handle the queue until Stop. The context
// bounds the start only. After an error nothing is left running; a setting that
// cannot be is a *[ConfigError].
func Start(ctx context.Context, config Config) (*Stack, error) {
	config = config.withDefaults()
	if err := config.validate(); err != nil {
		return nil, err
	}
	config, err := config.absolute()
	if err != nil {
		return nil, err
	}
	s := &Stack{log: NewLog(config.Output), died: make(chan error, 1)}
	if err := s.start(ctx, &config); err != nil {
		s.Stop()
		return nil, err
	}
	return s, nil
}

func (s *Stack) start(ctx context.Context, config *Config) error {
	if err := s.serve(ctx, "DynamoDB", servers.DynamoDB, config.Modules, &config.DynamoDBEndpoint); err != nil {
		return err
	}
	if err := s.serve(ctx, "SQS", servers.SQS, config.Modules, &config.SQSEndpoint); err != nil {
		return err
	}
	if err := createTables(ctx, dynamodb.NewFromConfig(servers.AWSConfig(config.DynamoDBEndpoint)), config); err != nil {
		return err
	}
	client := sqs.NewFromConfig(servers.AWSConfig(config.SQSEndpoint))
	work, dead, err := createQueues(ctx, client, config)
	if err != nil {
		return err
	}
	seen, err := s.trace(config)
	if err != nil {
		return err
	}
	s.Info = config.info()
	s.Info.QueueURL, s.Info.DLQURL = work.url, dead.url
	s.log.encode(s.Info)
	if err := s.startWorker(ctx, config, config.environ(work.url, seen)); err != nil {
		return err
	}
	s.poll(&Mapping{
		Client: client, QueueURL: work.url, QueueARN: work.arn, Function: s.Worker,
		Batch: config.Batch, Concurrency: config.Sandboxes, Logger: s.log.Logger(),
	})
	return nil
}

// serve starts a server unless there is an endpoint, which it sets.
func (s *Stack) serve(ctx context.Context, name string, start func(context.Context, ...string) (*servers.Server, error), modules []string, endpoint *string) error {
	if *endpoint != "" {
		return nil
	}
	server, err := start(ctx, modules...)
	if err != nil {
		return err
	}
	*endpoint = server.Endpoint
	stopping := make(chan struct{})
	s.onStop(func() { close(stopping); server.Stop() })
	go func() {
		<-server.Done()
		select {
		case <-stopping:
			return
		default:
		}
		select {
		case s.died <- fmt.Errorf("the %s-compatible server %w", name, server.Err()):
		default: // one is enough
		}
	}()
	return nil
}

// trace gives the DynamoDB endpoint for the functions.
func (s *Stack) trace(config *Config) (string, error) {
	if config.TraceWrites == nil {
		return config.DynamoDBEndpoint, nil
	}
	proxy, err := serveTrace(config.DynamoDBEndpoint, config.ContextTable, config.TraceWrites)
	if err != nil {
		return "", err
	}
	s.onStop(proxy.close)
	return proxy.endpoint, nil
}

func (s *Stack) startWorker(ctx context.Context, config *Config, env []string) error {
	s.Worker = NewFunction(FunctionConfig{
		Name: "worker", Binary: config.Worker, Env: env,
		Timeout: config.Timeout, Concurrency: config.Sandboxes, Log: s.log,
	})
	s.onStop(s.Worker.Stop)
	return s.Worker.Warm(ctx)
}

// poll runs the mapping until the stack stops.
func (s *Stack) poll(mapping *Mapping) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		mapping.Run(ctx)
	}()
	s.onStop(func() {
		cancel()
		select {
		case <-done:
		case <-time.After(stopGrace):
			s.Worker.Stop() // and with it the invocations
			<-done
		}
	})
}

func (s *Stack) onStop(stop func()) { s.stops = append(s.stops, stop) }

// Wait returns nil when ctx ends, and an error when a server has ended.
func (s *Stack) Wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-s.died:
		return err
	}
}

// Stop ends everything that the stack has started, the last first: it takes no
// more messages, gives invocations under way a moment to end, and then kills
// them. Repeating is safe.
func (s *Stack) Stop() {
	s.stop.Do(func() {
		for _, stop := range slices.Backward(s.stops) {
			stop()
		}
	})
}
