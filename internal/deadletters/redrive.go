package deadletters

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/flowcraft-go/flowcraft/pkg/sqsqueue"
)

const (
	batchLength = 10
	maxBytes    = 1 << 20 // of a message, and of a batch
	// wait is the time that a receive waits for a letter, in seconds: one that waits asks
	// all of the queue's servers, so that none means that no letter is left.
	wait = 2
	// hidden is the time for which a received letter stays invisible, in seconds: far
	// longer than sending takes. Letters that stay are given back at the end.
	hidden = 300
)

// API lists the methods that are used of the SDK's client, *[sqs.Client].
type API interface {
	ReceiveMessage(context.Context, *sqs.ReceiveMessageInput, ...func(*sqs.Options)) (*sqs.ReceiveMessageOutput, error)
	SendMessageBatch(context.Context, *sqs.SendMessageBatchInput, ...func(*sqs.Options)) (*sqs.SendMessageBatchOutput, error)
}

// Queue deletes received messages, or gives them back, as [sqsqueue.Queue] does.
type Queue interface {
	Delete(ctx context.Context, receiptHandles ...string) error
	Return(ctx context.Context, returns ...sqsqueue.Return) error
}

// Redrive sends the letters of a dead-letter queue to the work queue again.
type Redrive struct {
	Client      API
	Queue       string // URL of the work queue
	URL         string // of the dead-letter queue
	DeadLetters Queue  // the same queue
	Max         int    // letters at most; 0 means all
	DryRun      bool   // lists the letters, and changes nothing
	Now         func() time.Time
	Each        func(Letter) error   // called for every letter, before it is sent
	Failed      func(Letter, string) // called for every letter that stays, with the reason

	moved map[string]bool   // ids of letters that were sent again
	stay  []sqsqueue.Return // letters that are given back at the end
	kept  map[string]int    // the places of these, by SQS's ids of them
	stats Stats
}

// Stats counts letters.
type Stats struct {
	Letters  int `json:"letters"`  // found
	Redriven int `json:"redriven"` // sent to the work queue, and deleted from the dead letters
	Left     int `json:"left"`     // kept: not accepted, or back already
}

// Run sends every letter first, and then deletes it from the dead letters. If the
// process dies between, the letter is sent twice with one id, which is one message to
// the engine. Repeating it is safe.
func (r *Redrive) Run(ctx context.Context) (Stats, error) {
	r.moved, r.kept = map[string]bool{}, map[string]int{}
	err := r.all(ctx)
	if back := r.giveBack(ctx); err == nil {
		err = back
	}
	return r.stats, err
}

func (r *Redrive) all(ctx context.Context) error {
	// Letters that stay are hidden for a time only, and come again in a pass that takes
	// longer. It ends when more than all of them have come again, with no other between.
	repeated := 0
	for r.Max == 0 || r.stats.Letters < r.Max {
		letters, err := r.receive(ctx)
		if err != nil || len(letters) == 0 {
			return err
		}
		var fresh []Letter
		for _, l := range letters {
			if _, again := r.kept[*l.message.MessageId]; again {
				repeated++
				r.stays(l)
				continue
			}
			repeated = 0
			if r.moved[l.ID] { // or rejected letters would go round for ever
				r.keep(l, "it is a dead letter again: the worker's log has the reason")
				continue
			}
			r.stats.Letters++
			if err := r.Each(l); err != nil {
				return err
			}
			fresh = append(fresh, l)
		}
		if r.DryRun {
			for _, l := range fresh {
				r.stays(l)
			}
		} else if err := r.move(ctx, fresh); err != nil {
			return err
		}
		if repeated > len(r.kept) {
			return nil
		}
	}
	return nil
}

// receive returns letters, or none if there are none.
func (r *Redrive) receive(ctx context.Context) (letters []Letter, err error) {
	most := batchLength
	if r.Max > 0 {
		most = min(most, r.Max-r.stats.Letters)
	}
	out, err := r.Client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl: &r.URL, MaxNumberOfMessages: int32(most), VisibilityTimeout: hidden, WaitTimeSeconds: wait,
		MessageAttributeNames:       []string{"All"},
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll},
	})
	if err != nil {
		return nil, fmt.Errorf("receive from %s: %w", r.URL, err)
	}
	for _, m := range out.Messages {
		letters = append(letters, newLetter(m, r.Now()))
	}
	return letters, nil
}

// move sends letters, in as few requests as SQS takes, and deletes those that the work
// queue has accepted.
func (r *Redrive) move(ctx context.Context, letters []Letter) error {
	var batch []types.SendMessageBatchRequestEntry
	var of []Letter
	size := 0
	for _, l := range letters {
		entry, bytes := l.entry()
		if bytes > maxBytes {
			r.keep(l, fmt.Sprintf("with its id it has %d bytes, and SQS takes %d: delete it, and send its message anew", bytes, maxBytes))
			continue
		}
		if size+bytes > maxBytes {
			if err := r.moveBatch(ctx, of, batch); err != nil {
				return err
			}
			batch, of, size = nil, nil, 0
		}
		entry.Id = new(strconv.Itoa(len(batch)))
		batch, of, size = append(batch, entry), append(of, l), size+bytes
	}
	return r.moveBatch(ctx, of, batch)
}

func (r *Redrive) moveBatch(ctx context.Context, letters []Letter, batch []types.SendMessageBatchRequestEntry) error {
	if len(batch) == 0 {
		return nil
	}
	out, err := r.Client.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: &r.Queue, Entries: batch})
	if err != nil {
		for _, l := range letters {
			r.keep(l, "it was not sent")
		}
		return fmt.Errorf("send to %s: %w", r.Queue, err)
	}
	reasons := map[string]string{}
	for _, f := range out.Failed {
		reasons[aws.ToString(f.Id)] = aws.ToString(f.Code) + ": " + aws.ToString(f.Message)
	}
	accepted := map[string]bool{}
	for _, s := range out.Successful {
		accepted[aws.ToString(s.Id)] = true
	}
	var handles []string
	for i, l := range letters {
		if id := *batch[i].Id; !accepted[id] {
			r.keep(l, "the queue did not accept it: "+reasons[id])
			continue
		}
		r.moved[l.ID] = true
		r.stats.Redriven++
		handles = append(handles, *l.message.ReceiptHandle)
	}
	if len(handles) == 0 {
		return nil
	}
	return r.DeadLetters.Delete(ctx, handles...)
}

// keep lets a letter stay among the dead letters.
func (r *Redrive) keep(l Letter, reason string) {
	r.stats.Left++
	r.stays(l)
	r.Failed(l, reason)
}

// stays remembers a letter that stays, to know it when it is received again.
func (r *Redrive) stays(l Letter) {
	back := sqsqueue.Return{ReceiptHandle: *l.message.ReceiptHandle}
	if i, again := r.kept[*l.message.MessageId]; again {
		r.stay[i] = back // the newest handle is the valid one
		return
	}
	r.kept[*l.message.MessageId] = len(r.stay)
	r.stay = append(r.stay, back)
}

// giveBack makes the letters that stay visible at once, also after an interruption.
func (r *Redrive) giveBack(ctx context.Context) error {
	if len(r.stay) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return r.DeadLetters.Return(ctx, r.stay...)
}
