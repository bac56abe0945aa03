package suites

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

type rawJSON = json.RawMessage

// suiteRegistry returns the code of the suite's cases: the built-ins, and nodes
// that behave badly.
func suiteRegistry(t *testing.T, c *engineCase) flow.Registry {
	registry := flow.Registry{
		"none": flow.HandlerFunc(func(context.Context, *flow.Task) (flow.Result, error) { return flow.Result{}, nil }),
		"mute": flow.HandlerFunc(func(context.Context, *flow.Task) (flow.Result, error) { return flow.Result{Action: "yes"}, nil }),
		"panic": flow.HandlerFunc(func(context.Context, *flow.Task) (flow.Result, error) {
			panic("no such thing")
		}),
		"exit": flow.HandlerFunc(func(context.Context, *flow.Task) (flow.Result, error) {
			runtime.Goexit()
			return flow.Result{}, nil
		}),
		"patient": flow.HandlerFunc(func(ctx context.Context, _ *flow.Task) (flow.Result, error) {
			<-ctx.Done()
			return flow.Result{}, ctx.Err()
		}),
		"moody": moodyNode(),
		"hang":  hangNode(t),
		"flaky": flow.HandlerFunc(flakyNode),
		"write": flow.HandlerFunc(writeNode),
		"read":  flow.HandlerFunc(readNode),
		"task":  flow.HandlerFunc(taskNode),
		"big": flow.TaskFunc(func(context.Context, *flow.Task, any) (flow.Result, error) {
			return flow.Result{Output: strings.Repeat("x", 3000)}, nil
		}),
		"double": flow.Func(func(_ context.Context, n int) (int, error) { return 2 * n, nil }),
	}
	maps.Copy(registry, c.code)
	return registry
}

// hangNode ignores its context, and its writes come too late.
func hangNode(t *testing.T) flow.Handler {
	over := make(chan struct{})
	t.Cleanup(func() { close(over) })
	return flow.HandlerFunc(func(_ context.Context, task *flow.Task) (flow.Result, error) {
		err := task.Set("late", true)
		<-over
		return flow.Result{Output: "late"}, err
	})
}

// moodyNode decides differently each time it is executed.
func moodyNode() flow.Handler {
	var executions atomic.Int64
	return flow.HandlerFunc(func(_ context.Context, task *flow.Task) (flow.Result, error) {
		action := []string{"left", "right"}[(executions.Add(1)-1)%2]
		return flow.Result{Output: action, Action: action}, task.Set("mood", action)
	})
}

// flakyNode fails its first attempts.
func flakyNode(_ context.Context, task *flow.Task) (flow.Result, error) {
	var params struct {
		Failures  int
		Code      string
		Permanent bool
		After     int  // seconds
		Echo      bool // return the input, not the attempt
	}
	if err := json.Unmarshal(task.Params, &params); err != nil {
		return flow.Result{}, err
	}
	if task.Attempt > params.Failures && params.Echo {
		return flow.Result{Output: task.Input}, nil
	}
	if task.Attempt > params.Failures {
		return flow.Result{Output: task.Attempt}, nil
	}
	err := flow.WithCode(fmt.Errorf("attempt %d: %w", task.Attempt, errors.New("busy")), params.Code)
	if params.Permanent {
		err = flow.Permanent(err)
	}
	if params.After > 0 {
		err = flow.RetryAfter(err, time.Duration(params.After)*time.Second)
	}
	return flow.Result{}, err
}

// writeNode sets and deletes context keys, sees its own writes, and passes its input on.
func writeNode(ctx context.Context, task *flow.Task) (flow.Result, error) {
	var params struct {
		Set    map[string]rawJSON
		Delete []string
		Fail   bool
	}
	if err := json.Unmarshal(task.Params, &params); err != nil {
		return flow.Result{}, err
	}
	for key, value := range params.Set {
		var got rawJSON
		if err := task.Set(key, value); err != nil {
			return flow.Result{}, err
		}
		if ok, err := task.Get(ctx, key, &got); !ok || err != nil || string(got) != string(value) {
			return flow.Result{}, fmt.Errorf("key %s is %s (%t, %w), want the value written before", key, got, ok, err)
		}
	}
	for _, key := range params.Delete {
		if err := task.Delete(key); err != nil {
			return flow.Result{}, err
		}
		var got rawJSON
		if ok, err := task.Get(ctx, key, &got); ok || err != nil {
			return flow.Result{}, fmt.Errorf("key %s is %s (%w), want none after its deletion", key, got, err)
		}
	}
	if params.Fail {
		return flow.Result{}, errors.New("failed after writing")
	}
	return flow.Result{Output: task.Input}, nil
}

// readNode returns context keys; missing keys are left out.
func readNode(ctx context.Context, task *flow.Task) (flow.Result, error) {
	var params struct{ Keys []string }
	if err := json.Unmarshal(task.Params, &params); err != nil {
		return flow.Result{}, err
	}
	values := map[string]rawJSON{}
	for _, key := range params.Keys {
		var value rawJSON
		switch ok, err := task.Get(ctx, key, &value); {
		case err != nil:
			return flow.Result{}, err
		case ok:
			values[key] = value
		}
	}
	return flow.Result{Output: values}, nil
}

// taskNode returns the task's identity.
func taskNode(_ context.Context, task *flow.Task) (flow.Result, error) {
	return flow.Result{Output: map[string]any{
		"key":     strings.TrimPrefix(task.Key, task.RunID),
		"attempt": task.Attempt,
		"node":    task.NodeID,
		"of":      task.BlueprintID,
	}}, nil
}
