// Package smoke tests a deployment from outside, as its users see it: it sends
// messages, follows their effects in the functions' log lines, and reports the
// missing ones.
package smoke

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/flowcraft-go/flowcraft/pkg/flowaws"
)

// Config names the deployment and the time limits of the test. All fields are
// required.
type Config struct {
	Stack              *flowaws.Stack
	QueueURL           string
	DeadLetterQueueURL string
	Logs               Logs          // of both functions
	Start              string        // a message that starts a run which completes
	Patience           time.Duration // the time limit of all checks, which wait side by side
	Every              time.Duration // between two looks at the log
	Output             io.Writer     // gets a line for each check
}

// Start is the message that docs/running.md shows, which starts the example.
const Start = `{"type":"start","blueprintId":"order","input":{"orderId":"A-17","customer":"ada@example.com","items":[{"sku":"lamp","quantity":3,"unitPrice":40}]}}`

// Run makes all checks, and prints the result of each. Its error names the failed
// checks. The deployment is left as it was found, except for two runs that have
// ended; repeating is safe.
func Run(ctx context.Context, config Config) error {
	t := &test{Config: config, begun: time.Now(), id: newID()}
	patient, cancel := context.WithTimeoutCause(ctx, t.Patience, errPatience)
	defer cancel()
	checks := []struct {
		name string
		make func(context.Context) (account string, err error)
	}{
		{"start", t.start}, {"hops", t.hops}, {"garbage", t.garbage}, {"tick", t.tick},
	}
	type result struct {
		name, account string
		err           error
	}
	results := make(chan result, len(checks))
	for _, check := range checks {
		go func() {
			account, err := check.make(patient)
			results <- result{check.name, account, err}
		}()
	}
	var errs []error
	for range checks {
		r := <-results
		if r.err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", r.name, r.err))
		} else if _, err := fmt.Fprintf(t.Output, "ok    %-8s %s\n", r.name, r.account); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// test is one run of the checks.
type test struct {
	Config
	begun time.Time
	id    string // distinguishes this test's runs and messages from any others
}

var errPatience = errors.New("the time limit has passed")

// until polls until it finds something, or meets an error. When the patience ends,
// missing describes the missing result.
func (t *test) until(ctx context.Context, look func() (found bool, err error), missing func() string) error {
	ticker := time.NewTicker(t.Every)
	defer ticker.Stop()
	for {
		found, err := look()
		switch {
		case found:
			return nil
		case errors.Is(context.Cause(ctx), errPatience):
			return fmt.Errorf("after %s: %s", t.Patience, missing())
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return err
		}
		select {
		case <-ctx.Done():
		case <-ticker.C:
		}
	}
}

// send sends one message, and returns its id.
func (t *test) send(ctx context.Context, body string) (string, error) {
	sent, err := t.Stack.SQS.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &t.QueueURL, MessageBody: &body})
	if err != nil {
		return "", fmt.Errorf("send to %s: %w", t.QueueURL, err)
	}
	return *sent.MessageId, nil
}
