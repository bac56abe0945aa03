package localstack

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/flowcraft-go/flowcraft/internal/servers"
	"github.com/flowcraft-go/flowcraft/internal/settings"
	"github.com/flowcraft-go/flowcraft/pkg/flow/secret"
	"github.com/flowcraft-go/flowcraft/pkg/flowaws"
)

// Config describes a local stack. Worker is required; the zero value of each
// other field is its default.
type Config struct {
	Worker           string // the worker's binary
	Reconciler       string // the reconciler's binary; none runs if it is empty
	BlueprintsFolder string // default "blueprints"

	Timeout     time.Duration // of the functions; default 30s
	Tick        time.Duration // between two invocations of the reconciler; default 1m
	Visibility  time.Duration // of the queue; default 6 times Timeout, and BatchWindow
	MaxReceives int           // before a message goes to the dead-letter queue; default 5
	Sandboxes   int           // of the worker at most; default 4
	Batch       int           // messages in one invocation at most, up to 10,000; default 10
	BatchWindow time.Duration // for which a batch is awaited; above 10 messages at least 1s
	Memory      int           // of the functions, in MB; default 256
	Env         []string      // of the functions, "KEY=value"; the last of a name counts, and before it the stack's own

	Secrets          secret.Given // that the functions can read, by their names
	DynamoDBEndpoint string       // default: a server of its own
	SQSEndpoint      string       // default: a server of its own
	Modules          []string     // where the search for node_modules begins; default the working directory

	Queue, DeadLetterQueue                       string // names; default "flow-jobs", "flow-jobs-dlq"
	ContextTable, StatusTable, CoordinationTable string // names; default "flow-context", …

	secretsEndpoint string // of the stack's own server

	Output      io.Writer // gets the JSON lines; default none
	TraceWrites io.Writer // gets a JSON line for each write of a task; default none
	// TraceAccess gets a JSON line for each permission that a function needs in
	// AWS, when it needs it for the first time; default none.
	TraceAccess io.Writer
	// Requests counts the requests of the functions and of the worker's mapping, through
	// proxies that cost time; default none.
	Requests *Requests
	Latency  Latency // of requests, through such proxies; default none
}

// The defaults of a stack's [Config].
const (
	Tick  = time.Minute // between two invocations of the reconciler
	Batch = maxAnswer   // messages in one invocation at most
)

// Limits of Lambda and of SQS, and the time that an invocation needs beside its node.
const (
	minTimeout    = time.Second
	maxTimeout    = 15 * time.Minute
	maxVisibility = 12 * time.Hour
	maxReceives   = 1000
	maxBatch      = 10_000
	maxWindow     = 5 * time.Minute
	minMemory     = 128 // MB
	maxMemory     = 10_240
)

func (c Config) withDefaults() Config {
	c.BlueprintsFolder = cmp.Or(c.BlueprintsFolder, "blueprints")
	c.Timeout = cmp.Or(c.Timeout, 30*time.Second)
	c.Tick = cmp.Or(c.Tick, Tick)
	c.Visibility = cmp.Or(c.Visibility, 6*c.Timeout+c.BatchWindow)
	c.MaxReceives = cmp.Or(c.MaxReceives, 5)
	c.Sandboxes = cmp.Or(c.Sandboxes, 4)
	c.Batch = cmp.Or(c.Batch, Batch)
	c.Memory = cmp.Or(c.Memory, 256)
	c.Queue = cmp.Or(c.Queue, "flow-jobs")
	c.DeadLetterQueue = cmp.Or(c.DeadLetterQueue, c.Queue+"-dlq")
	c.ContextTable = cmp.Or(c.ContextTable, "flow-context")
	c.StatusTable = cmp.Or(c.StatusTable, "flow-status")
	c.CoordinationTable = cmp.Or(c.CoordinationTable, "flow-coordination")
	if c.Output == nil {
		c.Output = io.Discard
	}
	return c
}

// absolute makes the paths independent of the functions' working directory.
func (c Config) absolute() (Config, error) {
	var errs []error
	for _, path := range []*string{&c.Worker, &c.Reconciler, &c.BlueprintsFolder} {
		if *path == "" {
			continue
		}
		absolute, err := filepath.Abs(*path)
		*path, errs = absolute, append(errs, err)
	}
	return c, errors.Join(errs...)
}

func (c Config) validate() error {
	var errs []error
	between := func(name string, value, low, high int) {
		if value < low || value > high {
			errs = append(errs, fmt.Errorf("%s is %d, must be %d to %d", name, value, low, high))
		}
	}
	between("batch", c.Batch, 1, maxBatch)
	between("memory", c.Memory, minMemory, maxMemory)
	if c.BatchWindow < 0 || c.BatchWindow > maxWindow || c.Batch > maxAnswer && c.BatchWindow < time.Second {
		errs = append(errs, fmt.Errorf("batch window is %v, must be up to %v, and at least 1s for batches above %d", c.BatchWindow, maxWindow, maxAnswer))
	}
	between("max receives", c.MaxReceives, 1, maxReceives)
	between("sandboxes", c.Sandboxes, 1, 1000)
	if c.Worker == "" {
		errs = append(errs, errors.New("no binary of the worker"))
	}
	if c.Timeout < minTimeout || c.Timeout > maxTimeout {
		errs = append(errs, fmt.Errorf("timeout is %v, must be %v to %v", c.Timeout, minTimeout, maxTimeout))
	}
	if c.Tick < 0 {
		errs = append(errs, fmt.Errorf("tick is %v, must not be negative", c.Tick))
	}
	if c.Visibility < 0 || c.Visibility > maxVisibility {
		errs = append(errs, fmt.Errorf("visibility is %v, must be up to %v", c.Visibility, maxVisibility))
	}
	if err := errors.Join(errs...); err != nil {
		return &ConfigError{err}
	}
	return nil
}

// ConfigError lists all faults of a [Config].
type ConfigError struct{ Err error }

func (e *ConfigError) Error() string { return "local stack: " + e.Err.Error() }

func (e *ConfigError) Unwrap() error { return e.Err }

// Info has the addresses and names of the stack's parts.
type Info struct {
	QueueURL          string `json:"queueUrl"`
	DLQURL            string `json:"dlqUrl"`
	SQSEndpoint       string `json:"sqsEndpoint"`
	DynamoDBEndpoint  string `json:"dynamodbEndpoint"`
	ContextTable      string `json:"contextTable"`
	StatusTable       string `json:"statusTable"`
	CoordinationTable string `json:"coordinationTable"`
	Region            string `json:"region"`
	AccessKeyID       string `json:"accessKeyId"`
	SecretAccessKey   string `json:"secretAccessKey"`
}

// Connect connects to the stack.
func (i Info) Connect() (*flowaws.Stack, error) {
	cfg := aws.Config{Region: i.Region, Credentials: credentials.NewStaticCredentialsProvider(i.AccessKeyID, i.SecretAccessKey, "")}
	return flowaws.New(cfg, i.names(), flowaws.Config{DynamoDBEndpoint: i.DynamoDBEndpoint, SQSEndpoint: i.SQSEndpoint})
}

// Environ returns the environment of programs that talk to the stack, such as flowctl.
func (i Info) Environ() []string {
	return []string{
		"AWS_REGION=" + i.Region, "AWS_ACCESS_KEY_ID=" + i.AccessKeyID, "AWS_SECRET_ACCESS_KEY=" + i.SecretAccessKey,
		"AWS_ENDPOINT_URL_DYNAMODB=" + i.DynamoDBEndpoint, "AWS_ENDPOINT_URL_SQS=" + i.SQSEndpoint,
		"FLOW_QUEUE_URL=" + i.QueueURL, "FLOW_DLQ_URL=" + i.DLQURL,
		"FLOW_CONTEXT_TABLE=" + i.ContextTable, "FLOW_STATUS_TABLE=" + i.StatusTable, "FLOW_COORDINATION_TABLE=" + i.CoordinationTable,
	}
}

func (i Info) names() flowaws.Names {
	return flowaws.Names{QueueURL: i.QueueURL, ContextTable: i.ContextTable, StatusTable: i.StatusTable, CoordinationTable: i.CoordinationTable}
}

func (c *Config) info() Info {
	return Info{
		SQSEndpoint:       c.SQSEndpoint,
		DynamoDBEndpoint:  c.DynamoDBEndpoint,
		ContextTable:      c.ContextTable,
		StatusTable:       c.StatusTable,
		CoordinationTable: c.CoordinationTable,
		Region:            servers.Region,
		AccessKeyID:       servers.AccessKeyID,
		SecretAccessKey:   servers.SecretAccessKey,
	}
}

// environ returns the environment of the stack's functions; the stack's own variables
// override Env.
func (c *Config) environ(queueURL, dynamoDBEndpoint, sqsEndpoint string) []string {
	return slices.Concat(c.defaults(), c.Env, c.own(queueURL, dynamoDBEndpoint, sqsEndpoint))
}

// own returns the variables that override those of Env.
func (c *Config) own(queueURL, dynamoDBEndpoint, sqsEndpoint string) []string {
	return append(settings.Environ(c, struct{ QueueURL string }{queueURL}),
		"AWS_ENDPOINT_URL_DYNAMODB="+dynamoDBEndpoint, "AWS_ENDPOINT_URL_SQS="+sqsEndpoint,
		"AWS_ENDPOINT_URL_SECRETS_MANAGER="+c.secretsEndpoint, "AWS_ENDPOINT_URL_SSM="+c.secretsEndpoint)
}

// OwnVariables returns the names of the variables that a stack sets for its functions,
// and that are not to be given by Env.
func OwnVariables() (names []string) {
	config := Config{}.withDefaults()
	function := FunctionConfig{}
	for _, variable := range slices.Concat(config.own("queue", "", ""), function.own("")) {
		name, _, _ := strings.Cut(variable, "=")
		names = append(names, name)
	}
	return slices.Sorted(slices.Values(names))
}

// Environment returns the environment of the stack's functions, for comparisons; the
// endpoints are missing.
func (c Config) Environment() map[string]string {
	c = c.withDefaults()
	environment := map[string]string{}
	for _, variable := range c.environ("queue", "", "") {
		name, value, _ := strings.Cut(variable, "=")
		environment[name] = value // the last one wins, as in a process
	}
	return environment
}

// defaults returns the settings that differ from the functions' own; Env comes later,
// and overrides them. The timings fit the functions' timeout: the engine refuses a
// node's timeout that leaves no time to begin and to commit, and a run must not count
// as stalled during an invocation. Metrics are off: nothing turns their log lines
// into metrics here.
func (c *Config) defaults() []string {
	var d struct {
		Reserve, NodeTimeout, StalledAfter time.Duration
		Metrics                            bool
	}
	d.Reserve = min(3*time.Second, c.Timeout/5)
	d.NodeTimeout = min(20*time.Second, c.Timeout-d.Reserve-c.Timeout/10)
	d.StalledAfter = max(5*time.Minute, 2*c.Timeout)
	return settings.Environ(d)
}

// PassThrough selects from an environment the variables that reach the functions: the
// settings of the engine, and the endpoint for Lambda that nodes invoke.
func PassThrough(environ []string) []string {
	var passed []string
	for _, variable := range environ {
		if strings.HasPrefix(variable, "FLOW_") || strings.HasPrefix(variable, "LOG_LEVEL=") || strings.HasPrefix(variable, "AWS_ENDPOINT_URL_LAMBDA=") {
			passed = append(passed, variable)
		}
	}
	return passed
}
