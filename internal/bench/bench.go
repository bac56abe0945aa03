// Package bench measures runs of a blueprint on a local stack: how many nodes a second,
// and what one node costs.
package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/localstack"
)

// Config describes a measurement. All fields but Input and Rate are required.
type Config struct {
	Stack     localstack.Config // Output, Requests and the log level are set by the measurement
	Blueprint string            // id
	Input     any
	Runs      int
	Rate      float64 // starts a second; 0: as many as AtOnce permits
	AtOnce    int     // runs that have not ended, at most
}

const (
	warmRuns    = 5   // before the clock starts: connections, code, the stored blueprint
	countedRuns = 100 // at most, behind the proxies that count requests
)

// Measure starts the runs on a stack of their own and times them. Some more runs on a
// second stack, whose requests pass counting proxies, give the requests: the proxies would
// disturb the times. Both stacks have ended when it returns.
func Measure(ctx context.Context, config Config) (*Report, error) {
	report, err := Times(ctx, config)
	if err != nil {
		return nil, err
	}
	if err := measureRequests(ctx, config, report); err != nil {
		return nil, fmt.Errorf("count requests: %w", err)
	}
	return report, nil
}

// Times measures without the second stack: the report has no requests.
func Times(ctx context.Context, config Config) (*Report, error) {
	l, err := startLoad(ctx, config)
	if err != nil {
		return nil, err
	}
	defer l.stack.Stop()
	if _, err := l.run(ctx, "warm", warmRuns); err != nil {
		return nil, err
	}
	before, known := l.stack.Worker.CPU()
	began := time.Now()
	result, err := l.run(ctx, "timed", config.Runs)
	if err != nil {
		return nil, err
	}
	report := &Report{Blueprint: config.Blueprint, Runs: config.Runs}
	report.time(result, time.Since(began))
	if config.AtOnce == 1 {
		report.Steps = stepsOf(result.steps)
	}
	if after, still := l.stack.Worker.CPU(); known && still {
		report.CPUPerNode = new(perNode(milliseconds(after-before), report.Nodes))
	}
	return report, nil
}

func measureRequests(ctx context.Context, config Config, report *Report) error {
	requests := &localstack.Requests{}
	config.Stack.Requests, config.Stack.Latency = requests, localstack.Latency{}
	l, err := startLoad(ctx, config)
	if err != nil {
		return err
	}
	defer l.stack.Stop()
	if _, err := l.run(ctx, "warm", 1); err != nil {
		return err
	}
	before := requests.Counts()
	report.CountedRuns = min(config.Runs, countedRuns)
	result, err := l.run(ctx, "counted", report.CountedRuns)
	if err != nil {
		return err
	}
	report.count(requests.Counts().Sub(before), result.nodes)
	return nil
}

// ErrTooLong is the cause of a measurement that was ended by its time limit.
var ErrTooLong = errors.New("the time limit has passed")
