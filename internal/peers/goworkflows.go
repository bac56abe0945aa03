package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/cschleiden/go-workflows/backend"
	"github.com/cschleiden/go-workflows/backend/sqlite"
	"github.com/cschleiden/go-workflows/client"
	"github.com/cschleiden/go-workflows/worker"
	"github.com/cschleiden/go-workflows/workflow"
)

// polling is short: with go-workflows' own 200 ms a chain would wait most of its time.
const polling = 5 * time.Millisecond

// measureGoWorkflows runs go-workflows with a SQLite file in this process.
func measureGoWorkflows(ctx context.Context, w workload, s system, _ environment) (c cell, err error) {
	dir, err := os.MkdirTemp("", "peers")
	if err != nil {
		return c, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // a leftover in the temporary folder is harmless
	store := sqlite.NewSqliteBackend(filepath.Join(dir, "workflows.db"),
		sqlite.WithBackendOptions(backend.WithLogger(slog.New(slog.DiscardHandler))))
	options := worker.DefaultOptions
	options.WorkflowPollingInterval, options.ActivityPollingInterval = polling, polling
	options.SingleWorkerMode = true
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	running := worker.New(store, &options)
	if err := running.RegisterWorkflow(activities); err != nil {
		return c, err
	}
	if err := running.RegisterActivity(one); err != nil {
		return c, err
	}
	if err := running.Start(ctx); err != nil {
		return c, err
	}
	starter := client.New(store)
	return inProcess(w, w.runs(s.nodes), atOnce, func(i int) error {
		instance, err := starter.CreateWorkflowInstance(ctx, client.WorkflowInstanceOptions{InstanceID: fmt.Sprint("run", i)}, activities, shape{w.length, w.width})
		if err != nil {
			return err
		}
		sum, err := client.GetWorkflowResult[int](ctx, starter, instance, cellLimit)
		if err == nil && sum != w.nodes() {
			err = fmt.Errorf("%d activities, want %d", sum, w.nodes())
		}
		return err
	})
}

// activities returns the number of its activities.
func activities(ctx workflow.Context, of shape) (sum int, err error) {
	begin := func() workflow.Future[int] {
		return workflow.ExecuteActivity[int](ctx, workflow.DefaultActivityOptions, one)
	}
	await := func(futures ...workflow.Future[int]) error {
		for _, future := range futures {
			n, err := future.Get(ctx)
			if err != nil {
				return err
			}
			sum += n
		}
		return nil
	}
	for range of.Length {
		if err := await(begin()); err != nil {
			return 0, err
		}
	}
	if of.Width == 0 {
		return sum, nil
	}
	if err := await(begin()); err != nil {
		return 0, err
	}
	var branches []workflow.Future[int]
	for range of.Width {
		branches = append(branches, begin())
	}
	if err := await(branches...); err != nil {
		return 0, err
	}
	err = await(begin()) // the join
	return sum, err
}
