package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/deadletters"
	"github.com/flowcraft-go/flowcraft/internal/duration"
)

// dlqCmd holds the commands about dead letters.
type dlqCmd struct {
	Redrive redriveCmd `cmd:"" help:"Send dead letters to the queue again, as the messages that they first were."`
}

// redriveCmd sends dead letters to the queue again.
type redriveCmd struct {
	DLQURL string `name:"dlq-url" placeholder:"URL" env:"FLOW_DLQ_URL" help:"The dead-letter queue. Default: the one that the queue's redrive policy names."`
	Max    int    `placeholder:"N" help:"Letters at most. Default: all."`
	DryRun bool   `help:"List the letters, and change nothing."`
	Queue
	Endpoints
}

func (*redriveCmd) Help() string {
	return `Prints a JSON object for each letter: the id of the first message that it stands for, its kind, its run and its
age, never its payload; then how many were found, sent again, and left. Every letter is sent with its body
and its attributes, and then deleted from the dead letters. It keeps the id of the first message, also if it is
sent twice: a start without a runId begins no second run. It may be repeated at any time.

A letter that is back among the dead letters before the command ends is left there. The exit code is 1 when a
letter was left.`
}

// listed is a letter as it is printed.
type listed struct {
	deadletters.Letter
	Age string `json:"age"`
}

// Run executes the command.
func (c *redriveCmd) Run(ctx context.Context, out *output) error {
	if c.Max < 0 {
		return usageError{fmt.Errorf("--max is %d: must be a whole number above 0", c.Max)}
	}
	stack, err := c.connect(ctx, &c.Queue, nil)
	if err != nil {
		return err
	}
	if c.DLQURL == "" {
		c.DLQURL, err = deadletters.Find(ctx, stack.SQS, c.QueueURL)
		if _, none := errors.AsType[*deadletters.NoPolicyError](err); none {
			return usageError{fmt.Errorf("%w: name the dead-letter queue with --dlq-url, or the work queue with --queue-url", err)}
		}
		if err != nil {
			return err
		}
	}
	dead, err := c.connect(ctx, &Queue{c.DLQURL}, nil)
	if err != nil {
		return err
	}
	redrive := deadletters.Redrive{
		Client: stack.SQS, Queue: c.QueueURL, URL: c.DLQURL, DeadLetters: dead.Queue, Max: c.Max, DryRun: c.DryRun, Now: time.Now,
		Each: func(l deadletters.Letter) error {
			return out.json(listed{l, duration.Format(l.Age.Truncate(time.Second))})
		},
		Failed: func(l deadletters.Letter, reason string) {
			fmt.Fprintf(out.stderr, "flowctl: letter %s of run %s is left: %s\n", l.ID, l.RunID, reason)
		},
	}
	stats, err := redrive.Run(ctx)
	if printed := out.json(stats); err == nil {
		err = printed
	}
	if err == nil && stats.Left > 0 {
		return exitError(exitFailed) // the reasons have been told
	}
	return err
}
