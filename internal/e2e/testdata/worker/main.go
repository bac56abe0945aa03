// The worker of the package's tests: its nodes are slow, fail, ignore their timeout,
// decide at random, or kill their process. Every start and end of a node's code is a
// line in the file "starts" of the folder FLOW_E2E_DIR.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/lambdaflow"
)

var dir = os.Getenv("FLOW_E2E_DIR")

// params are those of all the nodes here.
type params struct {
	MS    int // how long it takes
	Times int // how often it fails, or dies
	Bytes int // of its output
}

func main() {
	lambdaflow.Worker(flow.Registry{
		"echo":     node(echo),
		"sleep":    node(sleep),
		"stubborn": node(stubborn),
		"flaky":    node(flaky),
		"die":      node(die),
		"big":      node(big),
		"dice":     node(dice),
	}, watched)
}

func node(run func(context.Context, *flow.Task, params) (flow.Result, error)) flow.Handler {
	return flow.HandlerFunc(func(ctx context.Context, task *flow.Task) (flow.Result, error) {
		var p params
		if len(task.Params) > 0 {
			if err := json.Unmarshal(task.Params, &p); err != nil {
				return flow.Result{}, flow.Permanent(err)
			}
		}
		return run(ctx, task, p)
	})
}

func echo(_ context.Context, task *flow.Task, _ params) (flow.Result, error) {
	return flow.Result{Output: task.Input}, nil
}

func sleep(ctx context.Context, task *flow.Task, p params) (flow.Result, error) {
	select {
	case <-time.After(time.Duration(p.MS) * time.Millisecond):
		return flow.Result{Output: task.Input}, nil
	case <-ctx.Done():
		return flow.Result{}, ctx.Err()
	}
}

// stubborn ignores its context.
func stubborn(_ context.Context, task *flow.Task, p params) (flow.Result, error) {
	time.Sleep(time.Duration(p.MS) * time.Millisecond)
	return flow.Result{Output: "too late"}, nil
}

func flaky(_ context.Context, task *flow.Task, p params) (flow.Result, error) {
	if task.Attempt <= p.Times {
		return flow.Result{}, flow.WithCode(fmt.Errorf("attempt %d of node %s", task.Attempt, task.NodeID), "flaky")
	}
	return flow.Result{Output: task.Input}, nil
}

// die kills its process at its first starts.
func die(ctx context.Context, task *flow.Task, p params) (flow.Result, error) {
	file, err := os.OpenFile(filepath.Join(dir, "deaths-"+strings.ReplaceAll(task.Key, "/", "-")), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return flow.Result{}, err
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil || int(info.Size()) >= p.Times {
		return flow.Result{Output: task.Input}, err
	}
	if _, err := file.WriteString("x"); err != nil {
		return flow.Result{}, err
	}
	if err := syscall.Kill(os.Getpid(), syscall.SIGKILL); err != nil {
		return flow.Result{}, err
	}
	<-ctx.Done()
	return flow.Result{}, ctx.Err()
}

func big(_ context.Context, task *flow.Task, p params) (flow.Result, error) {
	return flow.Result{Output: map[string]any{"in": task.Input, "text": strings.Repeat("x", p.Bytes)}}, nil
}

// dice decides differently at each start.
func dice(_ context.Context, task *flow.Task, _ params) (flow.Result, error) {
	side := []string{"heads", "tails"}[rand.IntN(2)]
	return flow.Result{Output: side, Action: side}, nil
}

// event is a line of the file "starts".
type event struct {
	Time    time.Time `json:"time"`
	What    string    `json:"what"` // start or end
	RunID   string    `json:"runId"`
	NodeID  string    `json:"nodeId"`
	Attempt int       `json:"attempt"`
	Key     string    `json:"key"`
	PID     int       `json:"pid"`
}

func watched(next flow.Handler) flow.Handler {
	return flow.HandlerFunc(func(ctx context.Context, task *flow.Task) (flow.Result, error) {
		note("start", task)
		defer note("end", task)
		return next.Handle(ctx, task)
	})
}

// note writes a line at once: the process may end right afterwards.
func note(what string, task *flow.Task) {
	line, err := json.Marshal(event{time.Now(), what, task.RunID, task.NodeID, task.Attempt, task.Key, os.Getpid()})
	if err != nil {
		panic(err)
	}
	file, err := os.OpenFile(filepath.Join(dir, "starts"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	defer file.Close()
	if _, err := file.Write(append(line, '\n')); err != nil {
		panic(err)
	}
}
