package settings

var (
	both     = []Reader{Worker, Reconciler}
	allThree = []Reader{Worker, Reconciler, Queue}
	readers  = []string{"start", "inspect", "reconcile"} // the commands that read runs
)

// table lists the settings of a function in the order in which errors are reported.
var table = []Setting{
	{Name: "FLOW_STAGE", Field: "Stage", Kind: Text, Default: "dev", Readers: []Reader{Deployment}, Property: true,
		Doc: "Part of the stack's name, and a tag of every resource."},
	{Name: "FLOW_RETAIN", Field: "Retain", Kind: Truth, Default: "false", Readers: []Reader{Deployment}, Property: true,
		Doc: "Keeps tables and logs when the stack is removed, and protects the tables from deletion; always so in stage `prod`."},

	{Name: "FLOW_QUEUE_URL", Field: "QueueURL", Kind: Text, Required: true, Readers: both, Commands: []string{"start", "reconcile", "dlq redrive"},
		Doc: "The queue."},
	{Name: "FLOW_CONTEXT_TABLE", Field: "ContextTable", Kind: Text, Required: true, Readers: both, Commands: readers,
		Doc: "The table of inputs, context keys and node records."},
	{Name: "FLOW_STATUS_TABLE", Field: "StatusTable", Kind: Text, Required: true, Readers: both, Commands: readers,
		Doc: "The table of runs."},
	{Name: "FLOW_COORDINATION_TABLE", Field: "CoordinationTable", Kind: Text, Required: true, Readers: both, Commands: readers,
		Doc: "The table of joins, timers and locks."},

	{Name: "FLOW_TIMEOUT", Field: "Timeout", Kind: Duration, Default: "1m", Readers: both, Property: true, Commands: []string{"dev", "reconcile"},
		Doc: "The timeout of the worker function; a deployment gives it to both functions."},
	{Name: "FLOW_VISIBILITY", Field: "Visibility", Kind: Duration, Default: "6m", Readers: allThree, Property: true, Commands: []string{"dev"},
		Doc: "The queue's visibility timeout; in a deployment 6 × `FLOW_TIMEOUT` + `FLOW_BATCH_WINDOW` by default, and not less."},
	{Name: "FLOW_MAX_RECEIVES", Field: "MaxReceives", Kind: Count, Default: "5", Readers: allThree, Property: true, Commands: []string{"dev"},
		Doc: "Receives of a message before it goes to the dead-letter queue; at least 5 in a deployment."},
	{Name: "FLOW_BATCH_SIZE", Field: "BatchSize", Kind: Count, Default: "10", Readers: []Reader{Queue}, Property: true,
		Doc: "Messages of one invocation at most; above 10, `FLOW_BATCH_WINDOW` must be at least 1 s."},
	{Name: "FLOW_BATCH_WINDOW", Field: "BatchWindow", Kind: Duration, Readers: []Reader{Queue}, Property: true,
		Doc: "How long Lambda waits for a batch to fill, up to 5 min; by default not at all."},
	{Name: "FLOW_MAX_CONCURRENCY", Field: "MaxConcurrency", Kind: Count, Default: "5", Readers: []Reader{Queue}, Property: true,
		Doc: "Batches handled at once, 2 to 1,000."},
	{Name: "FLOW_RESERVED_CONCURRENCY", Field: "ReservedConcurrency", Kind: Count, Readers: []Reader{Deployment}, Property: true,
		Doc: "Concurrency reserved for the worker, at least `FLOW_MAX_CONCURRENCY` + 5; none by default."},
	{Name: "FLOW_MEMORY", Field: "Memory", Kind: Count, Default: "256", Readers: []Reader{Deployment}, Property: true,
		Doc: "Memory of the worker, in MB."},

	{Name: "FLOW_STALLED_AFTER", Field: "StalledAfter", Kind: Duration, Default: "5m", Readers: both, Property: true, Commands: []string{"dev", "reconcile"},
		Doc: "Time without progress after which the reconciler considers a run stalled, at least 4/3 × (`FLOW_TIMEOUT` + 5 s)."},
	{Name: "FLOW_TICK", Field: "Tick", Kind: Duration, Default: "1m", Readers: []Reader{Deployment}, Property: true, Commands: []string{"dev"},
		Doc: "Time between two invocations of the reconciler; 1 to 5 whole minutes in a deployment."},
	{Name: "FLOW_RETENTION", Field: "Retention", Kind: least(QueueRetention, "the time for which the queue keeps a message"), Default: "90d", Readers: []Reader{Worker}, Property: true,
		Doc: "How long a run can be read after its maximum duration has passed; at least 10d, for which the queue keeps a message."},
	{Name: "FLOW_MAX_RUN", Field: "MaxRun", Kind: Duration, Default: "30d", Readers: []Reader{Worker}, Property: true, Commands: []string{"dev"},
		Doc: "The maximum duration of a run whose blueprint has no `metadata.timeout`; a longer run fails with `run_timeout`."},
	{Name: "FLOW_NODE_TIMEOUT", Field: "NodeTimeout", Kind: Duration, Default: "20s", Readers: []Reader{Worker}, Property: true,
		Doc: "The timeout of a node that sets none; with `FLOW_RESERVE` and a second to begin, it must fit into `FLOW_TIMEOUT`."},
	{Name: "FLOW_RESERVE", Field: "Reserve", Kind: Duration, Default: "3s", Readers: both, Property: true,
		Doc: "Time kept of `FLOW_TIMEOUT` to commit and to send."},

	{Name: "FLOW_BLUEPRINTS", Field: "BlueprintsFolder", Kind: Folder, Default: "blueprints", Readers: []Reader{Worker}, Commands: []string{"dev"},
		Doc: "The folder of the blueprints (`*.json`); a function looks for it beside its binary."},
	{Name: "FLOW_MAX_STARTS", Field: "MaxStarts", Kind: Count, Default: "5", Readers: []Reader{Worker}, Property: true,
		Doc: "Starts of a node without an outcome, at most."},
	{Name: "FLOW_MAX_HOPS", Field: "MaxHops", Kind: Count, Default: "10000", Readers: []Reader{Worker}, Property: true,
		Doc: "Messages between a run's start and a node, at most."},
	{Name: "FLOW_MISSING_CODE", Field: "MissingCode", Kind: Duration, Default: "24h", Readers: []Reader{Worker}, Property: true, Commands: []string{"dev"},
		Doc: "How long a job waits for a worker that has its code, counted from its first receipt; then its run fails with `no_implementation`."},
	{Name: "FLOW_MISSING_BLUEPRINT", Field: "MissingBlueprint", Kind: Duration, Default: "1h", Readers: []Reader{Worker}, Property: true, Commands: []string{"dev"},
		Doc: "How long a start waits for a worker that has its blueprint; then it becomes a dead letter."},
	{Name: "FLOW_MAX_VALUE", Field: "MaxValue", Kind: Size, Default: "5MB", Readers: []Reader{Worker}, Property: true,
		Doc: "Bytes of one value (an output, a context key), at most."},
	{Name: "FLOW_LAMBDA_FUNCTIONS", Field: "LambdaFunctions", Kind: List, Readers: []Reader{Deployment}, Property: true,
		Doc: "Functions that the worker may invoke beside those that nodes name, as names or ARNs: `ship,charge:live`; none by default."},
	{Name: "FLOW_HTTP_ALLOW_PRIVATE", Field: "HTTPAllowPrivate", Kind: Networks, Readers: []Reader{Worker}, Property: true, Commands: []string{"run"},
		Doc: "Networks outside the public internet that the node `http` may request; none by default."},
	{Name: "FLOW_RESCUE_LIMIT", Field: "RescueLimit", Kind: Count, Default: "1000", Readers: []Reader{Reconciler}, Property: true, Commands: []string{"reconcile"},
		Doc: "Jobs that one tick of the reconciler sends again, at most. While messages are visible in the queue, as many stalled runs wait for up to an hour; while more than this are, all wait."},

	{Name: "LOG_LEVEL", Field: "LogLevel", Kind: Level, Default: "INFO", Readers: both, Property: true,
		Doc: "The lowest level of the functions' log lines."},
	{Name: "FLOW_METRICS", Field: "Metrics", Kind: Switch, Default: "on", Readers: both,
		Doc: "Whether the functions write metrics; `off` by default on the local stack."},
	{Name: "FLOW_NAME", Field: "FlowName", Kind: Text, Readers: both,
		Doc: "The deployment's name, which is the dimension `Flow` of the metrics; by default the function's name."},

	{Name: "FLOW_LOG_RETENTION", Field: "LogRetention", Kind: Duration, Default: "30d", Readers: []Reader{Deployment}, Property: true,
		Doc: "How long logs are kept: one of the periods that CloudWatch allows."},
	{Name: "FLOW_ALARM_TOPIC_ARN", Field: "AlarmTopicARN", Kind: Text, Readers: []Reader{Deployment}, Property: true,
		Doc: "The SNS topic that alarms are sent to, none by default; a construct of your own has the property `AlarmTopic`."},
	{Name: "FLOW_OLDEST_MESSAGE", Field: "OldestMessage", Kind: Duration, Default: "30m", Readers: []Reader{Deployment}, Property: true,
		Doc: "The age of the oldest message that raises an alarm, more than 15 min."},
	{Name: "FLOW_FAILED_RUNS", Field: "FailedRuns", Kind: Count, Default: "1", Readers: []Reader{Deployment}, Property: true,
		Doc: "Runs that fail within 5 minutes and raise an alarm."},
}
