// Package lambdaflow runs the engine in AWS Lambda: a worker is one call in a main
// package, and its handler can be embedded in another.
package lambdaflow

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/flowcraft-go/flowcraft/internal/describe"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
	"github.com/flowcraft-go/flowcraft/pkg/lambdaflow/metrics"
	"github.com/flowcraft-go/flowcraft/pkg/sqsqueue"
)

// Handler handles one message, as [engine.Engine] does.
type Handler interface {
	Handle(ctx context.Context, m state.Message) error
}

// Returner sets when messages come back, by their verdicts, and deletes those that
// must not wait for the end of their batch, as [sqsqueue.Queue] does.
type Returner interface {
	Return(ctx context.Context, returns ...sqsqueue.Return) error
	Delete(ctx context.Context, receiptHandles ...string) error
}

// Config has the optional settings of a [WorkerHandler].
type Config struct {
	// Reserve is the time before the deadline in which no record is begun; a quarter
	// of it is reserved for the answer. 0 means 3 s.
	Reserve time.Duration
	// MaxReceives is the queue's maxReceiveCount; 0 means 5.
	MaxReceives int
	// Intake is a second queue, of which only starts, and cancels of the sender's own runs,
	// are accepted.
	Intake Intake
	// Logger receives the log lines; nil discards them.
	Logger *slog.Logger
	// Metrics, which observes the engine's events, is flushed at the end of each
	// batch; nil means no metrics.
	Metrics *metrics.Collector
	// Now and Jitter (in [0,1)) return the time and random numbers; nil means the
	// real ones.
	Now    func() time.Time
	Jitter func() float64
}

// Intake is a queue for those who may start runs, but not change those of others. The
// records of an invocation come from one queue.
type Intake struct {
	ARN   string // "" means that there is none
	Queue Returner
}

// String returns the fields that are set.
func (i Intake) String() string { return describe.Fields(i) }

// String returns the fields that are set.
func (c Config) String() string { return describe.Fields(c) }

// WorkerHandler handles the batches of an SQS event source mapping with
// ReportBatchItemFailures. It is safe for concurrent use.
type WorkerHandler struct {
	handler Handler
	queue   Returner
	config  Config
}

// String returns the handler's configuration.
func (w *WorkerHandler) String() string { return "a worker's handler " + w.config.String() }

// NewWorkerHandler returns the handler of batches that handles each message by h.
func NewWorkerHandler(h Handler, queue Returner, config Config) *WorkerHandler {
	config.Reserve = cmp.Or(config.Reserve, 3*time.Second)
	config.MaxReceives = cmp.Or(config.MaxReceives, 5)
	config.Logger = cmp.Or(config.Logger, slog.New(slog.DiscardHandler))
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Jitter == nil {
		config.Jitter = rand.Float64
	}
	return &WorkerHandler{handler: h, queue: queue, config: config}
}

// Handle handles every record on its own and answers with those that must come back.
// Its error is nil for every event of a queue: an error would bring the whole batch back,
// and slow the event source mapping down. An event of another service, as of an invocation
// by hand, is an error: nothing would be done. It returns only after the handling of every
// record.
//
// A message that the queue is about to give up is not run by the engine, only sent
// again (see [state.Message.NearDeadLetter]): such records go first, and are deleted
// before anything else begins, since a worker that dies meanwhile would leave them to
// the dead-letter queue. Then the others run concurrently; the engine keeps a task apart
// from them that may have killed a worker.
func (w *WorkerHandler) Handle(ctx context.Context, event events.SQSEvent) (events.SQSEventResponse, error) {
	if err := checkEvent(event); err != nil {
		return events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{}}, err
	}
	work, stop := w.untilAnswer(ctx)
	defer stop()
	messages, verdicts := make([]state.Message, len(event.Records)), make([]verdict, len(event.Records))
	for i, record := range event.Records {
		messages[i] = w.message(record)
	}
	run := func(records ...int) {
		var running sync.WaitGroup
		for _, i := range records {
			running.Go(func() { verdicts[i] = w.handle(work, messages[i]) })
		}
		running.Wait()
	}
	last, others := w.sort(messages)
	run(last...)
	if len(others) > 0 {
		w.release(work, event.Records, last, verdicts)
	}
	run(others...)
	w.config.Metrics.Returned(returned(verdicts))
	w.config.Metrics.Flush(requestID(ctx)) // before the answer, for which time may be short
	return w.answer(ctx, event.Records, verdicts), nil
}

// sort returns the numbers of the messages that are sent again, and of the others.
func (w *WorkerHandler) sort(messages []state.Message) (last, others []int) {
	for i, m := range messages {
		if m.NearDeadLetter(w.config.MaxReceives) {
			last = append(last, i)
		} else {
			others = append(others, i)
		}
	}
	return last, others
}

// source returns the queue of the records.
func (w *WorkerHandler) source(records []events.SQSMessage) Returner {
	if w.takenIn(records[0]) {
		return w.config.Intake.Queue
	}
	return w.queue
}

// takenIn reports whether a record comes from the intake queue.
func (w *WorkerHandler) takenIn(record events.SQSMessage) bool {
	return w.config.Intake.ARN != "" && record.EventSourceARN == w.config.Intake.ARN
}

// release deletes acknowledged records before the batch is answered; otherwise the
// answer deletes them.
func (w *WorkerHandler) release(ctx context.Context, records []events.SQSMessage, which []int, verdicts []verdict) {
	var handles []string
	for _, i := range which {
		if verdicts[i].acknowledged {
			handles = append(handles, records[i].ReceiptHandle)
		}
	}
	if len(handles) == 0 {
		return
	}
	if err := w.source(records).Delete(ctx, handles...); err != nil {
		w.config.Logger.WarnContext(ctx, "messages not deleted", "error", err.Error())
	}
}

// handle handles one record, unless only the reserve is left.
func (w *WorkerHandler) handle(ctx context.Context, m state.Message) verdict {
	var err error
	if deadline, ok := ctx.Deadline(); ok && deadline.Sub(w.config.Now()) < w.config.Reserve {
		err = engine.ErrNoTime
	} else {
		err = w.call(ctx, m)
	}
	w.log(ctx, m, err)
	return judge(err, m, w.config.Now(), w.config.Jitter())
}

func (w *WorkerHandler) call(ctx context.Context, m state.Message) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &panicError{value, debug.Stack()}
		}
	}()
	return w.handler.Handle(ctx, m)
}

var errAnswer = errors.New("the invocation must answer now")

// untilAnswer returns a context that ends the work while there is time to answer. Its
// deadline stays that of the invocation, by which leases are judged.
func (w *WorkerHandler) untilAnswer(ctx context.Context) (context.Context, context.CancelFunc) {
	work, cancel := context.WithCancelCause(ctx)
	deadline, ok := ctx.Deadline()
	if !ok {
		return work, func() { cancel(nil) }
	}
	timer := time.AfterFunc(deadline.Sub(w.config.Now())-w.config.Reserve/4, func() { cancel(errAnswer) })
	return work, func() {
		timer.Stop()
		cancel(nil)
	}
}

// answer sets the times at which the records that are not acknowledged come back, and
// lists the records. If that fails, they come back after the visibility timeout.
func (w *WorkerHandler) answer(ctx context.Context, records []events.SQSMessage, verdicts []verdict) events.SQSEventResponse {
	response := events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{}}
	var returns []sqsqueue.Return
	for i, record := range records {
		if verdicts[i].acknowledged {
			continue
		}
		response.BatchItemFailures = append(response.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: record.MessageId})
		returns = append(returns, sqsqueue.Return{ReceiptHandle: record.ReceiptHandle, After: verdicts[i].after})
	}
	if len(returns) == 0 {
		return response
	}
	// A late answer would bring back acknowledged messages too.
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-w.config.Reserve/8))
		defer cancel()
	}
	if err := w.source(records).Return(ctx, returns...); err != nil {
		w.config.Logger.WarnContext(ctx, "visibility not changed", "error", err.Error())
	}
	return response
}
