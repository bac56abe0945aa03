package localstack

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/flowcraft-go/flowcraft/internal/servers"
	"github.com/flowcraft-go/flowcraft/pkg/dynamo"
	"github.com/flowcraft-go/flowcraft/pkg/flowaws"
)

// stopGrace is the time for running invocations to end when the stack stops.
const stopGrace = 2 * time.Second

// Stack is a running local stack.
type Stack struct {
	Info       Info
	Worker     *Function
	Reconciler *Function // nil if the configuration names none

	log   *Log
	died  chan error // a server that ended by itself
	stops []func()   // in the order in which things were started
	stop  sync.Once
}

// Start starts the servers that the configuration does not name, creates tables and
// queues, writes [Info] as the first line of the output, checks that the functions
// start, and invokes the worker for the queue and the reconciler by its schedule
// until Stop. The context limits the start only. After an error nothing is left
// running; an invalid setting is reported as a *[ConfigError].
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
	if err := s.serveSecrets(config); err != nil {
		return err
	}
	s.Info = config.info()
	parts, err := s.Info.Connect()
	if err != nil {
		return err
	}
	if err := dynamo.CreateTables(ctx, parts.DynamoDB, s.Info.names().Tables()); err != nil {
		return err
	}
	work, dead, err := createQueues(ctx, parts.SQS, config)
	if err != nil {
		return err
	}
	seen, err := s.trace(config)
	if err != nil {
		return err
	}
	s.Info.QueueURL, s.Info.DLQURL = work.url, dead.url
	s.log.encode(s.Info)
	access := newAccessTrace(config.TraceAccess)
	environ := func(function string) ([]string, error) { return s.environ(config, access, function, work.url, seen) }
	env, err := environ("worker")
	if err != nil {
		return err
	}
	if s.Worker, err = s.function(ctx, config, "worker", config.Worker, config.Sandboxes, env); err != nil {
		return err
	}
	if env, err = environ("reconciler"); err != nil {
		return err
	}
	if err := s.schedule(ctx, config, env); err != nil {
		return err
	}
	client, err := s.mappingClient(config, parts)
	if err != nil {
		return err
	}
	mapping := &Mapping{
		Client: client, QueueURL: work.url, QueueARN: work.arn, Function: s.Worker,
		Batch: config.Batch, Window: config.BatchWindow, Concurrency: config.Sandboxes, Logger: s.log.Logger(),
	}
	s.background(mapping.Run, s.Worker)
	return nil
}

// schedule starts the reconciler's schedule, if there is a reconciler.
func (s *Stack) schedule(ctx context.Context, config *Config, env []string) (err error) {
	if config.Reconciler == "" {
		return nil
	}
	if s.Reconciler, err = s.function(ctx, config, "reconciler", config.Reconciler, 1, env); err != nil {
		return err
	}
	schedule := &Schedule{Name: "flow-reconciler", Every: config.Tick, Function: s.Reconciler, Logger: s.log.Logger()}
	s.background(schedule.Run, s.Reconciler)
	return nil
}

// serve starts a server and sets its endpoint, unless the endpoint is set.
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

// trace returns the DynamoDB endpoint for the functions.
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

// environ returns a function's environment, with proxies in front of the endpoints if
// its permissions are traced, or its requests counted or slowed down.
func (s *Stack) environ(config *Config, access *accessTrace, function, queueURL, dynamoDB string) ([]string, error) {
	if access == nil && config.Requests == nil && config.Latency == (Latency{}) {
		return config.environ(queueURL, dynamoDB, config.SQSEndpoint), nil
	}
	trace := access.of(function)
	wrap := func(next http.Handler) http.Handler { return trace(config.Requests.counted(next)) }
	proxiedDynamoDB, err := s.proxy(dynamoDB, config.Latency.DynamoDB, wrap)
	if err != nil {
		return nil, err
	}
	proxiedSQS, err := s.proxy(config.SQSEndpoint, config.Latency.SQS, wrap)
	if err != nil {
		return nil, err
	}
	return config.environ(queueURL, proxiedDynamoDB, proxiedSQS), nil
}

// mappingClient returns the client of the worker's mapping.
func (s *Stack) mappingClient(config *Config, parts *flowaws.Stack) (*sqs.Client, error) {
	if config.Requests == nil && config.Latency.SQS == 0 {
		return parts.SQS, nil
	}
	info := s.Info
	var err error
	if info.SQSEndpoint, err = s.proxy(config.SQSEndpoint, config.Latency.SQS, config.Requests.counted); err != nil {
		return nil, err
	}
	counted, err := info.Connect()
	if err != nil {
		return nil, err
	}
	return counted.SQS, nil
}

// proxy serves a proxy of an endpoint until the stack stops.
func (s *Stack) proxy(endpoint string, latency time.Duration, wrap func(http.Handler) http.Handler) (string, error) {
	proxied, server, err := serveProxy(endpoint, func(next http.Handler) http.Handler { return timed(wrap(next)) }, held(latency))
	if err != nil {
		return "", fmt.Errorf("proxy of %s: %w", endpoint, err)
	}
	s.onStop(func() { _ = server.Close() })
	return proxied, nil
}

// function returns a function after checking that it starts.
func (s *Stack) function(ctx context.Context, config *Config, name, binary string, sandboxes int, env []string) (*Function, error) {
	f := NewFunction(FunctionConfig{
		Name: name, Binary: binary, Env: env, Timeout: config.Timeout, Memory: config.Memory, Concurrency: sandboxes, Log: s.log,
	})
	s.onStop(f.Stop)
	return f, f.Warm(ctx)
}

// background invokes a function by run until the stack stops. Running invocations
// then have stopGrace to end.
func (s *Stack) background(run func(context.Context), f *Function) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		run(ctx)
	}()
	s.onStop(func() {
		cancel()
		select {
		case <-done:
		case <-time.After(stopGrace):
			f.Stop() // and with it the invocations
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

// Stop ends everything that the stack has started, the last first: it takes no more
// messages, gives running invocations a moment to end, and then kills them. Repeating
// is safe.
func (s *Stack) Stop() {
	s.stop.Do(func() {
		for _, stop := range slices.Backward(s.stops) {
			stop()
		}
	})
}
