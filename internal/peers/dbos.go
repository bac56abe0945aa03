package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/dbos-inc/dbos-transact-golang/dbos"
	_ "github.com/dbos-inc/dbos-transact-golang/dbos/driver/sqlite"
)

// shape is the input of a workflow.
type shape struct{ Length, Width int }

func one(context.Context) (int, error) { return 1, nil }

// measureDBOS runs DBOS in this process, with a database of its own or with Postgres.
func measureDBOS(ctx context.Context, w workload, s system, e environment) (c cell, err error) {
	dir, err := os.MkdirTemp("", "peers")
	if err != nil {
		return c, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // a leftover in the temporary folder is harmless
	url := "sqlite:" + filepath.Join(dir, "dbos.db")
	if s.postgres {
		url = e.database
	}
	if s.async() {
		url += "&options=-c%20synchronous_commit%3Doff"
	}
	app, err := dbos.NewContext(ctx, dbos.Config{DatabaseURL: url, AppName: "peers", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return c, err
	}
	dbos.RegisterWorkflow(app, dbosWorkflow)
	if err := dbos.Launch(app); err != nil {
		return c, err
	}
	defer func() { _ = dbos.Shutdown(app, 5*time.Second) }() // the process ends in any case
	return inProcess(w, w.runs(s.nodes), atOnce, func(int) error {
		handle, err := dbos.RunWorkflow(app, dbosWorkflow, shape{w.length, w.width})
		if err != nil {
			return err
		}
		sum, err := handle.GetResult()
		if err == nil && sum != w.nodes() {
			err = fmt.Errorf("%d steps, want %d", sum, w.nodes())
		}
		return err
	})
}

// dbosWorkflow returns the number of its steps.
func dbosWorkflow(ctx dbos.Context, of shape) (sum int, err error) {
	step := func() error {
		n, err := dbos.RunAsStep(ctx, one)
		sum += n
		return err
	}
	if of.Width == 0 {
		for range of.Length {
			if err := step(); err != nil {
				return 0, err
			}
		}
		return sum, nil
	}
	if err := step(); err != nil {
		return 0, err
	}
	var branches []<-chan dbos.StepOutcome[int]
	for range of.Width {
		branch, err := dbos.Go(ctx, one)
		if err != nil {
			return 0, err
		}
		branches = append(branches, branch)
	}
	for _, branch := range branches {
		outcome := <-branch
		if outcome.Err != nil {
			return 0, outcome.Err
		}
		sum += outcome.Result
	}
	err = step() // the join
	return sum, err
}
