package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/flowcraft-go/flowcraft/internal/bench"
	"github.com/flowcraft-go/flowcraft/internal/localstack"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/client"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
)

// measureMemory runs one run after the other: a drain of the queue is sequential.
func measureMemory(ctx context.Context, w workload, s system, _ environment) (c cell, err error) {
	store, queue := memory.NewStore(), memory.NewQueue()
	b := w.blueprint()
	worker, err := engine.New(store, queue, nil, engine.Config{Blueprints: []*flow.Blueprint{b}, Now: queue.Now}.Fit())
	if err != nil {
		return c, err
	}
	return inProcess(w, w.runs(s.nodes), 1, func(int) error {
		id, err := client.New(queue, nil).Start(ctx, b.ID, nil)
		if err != nil {
			return err
		}
		run, err := memory.Finish(ctx, store, queue, worker, id)
		if err == nil && run.Status != flow.Completed {
			err = fmt.Errorf("run %s has %s", id, run.Status)
		}
		return err
	})
}

// measureLocal runs the built worker on the local stack.
func measureLocal(ctx context.Context, w workload, s system, e environment) (c cell, err error) {
	folder, err := os.MkdirTemp("", "peers")
	if err != nil {
		return c, err
	}
	defer func() { _ = os.RemoveAll(folder) }() // a leftover in the temporary folder is harmless
	text, err := json.Marshal(w.blueprint())
	if err != nil {
		return c, err
	}
	if err := os.WriteFile(filepath.Join(folder, w.name+".json"), text, 0o600); err != nil {
		return c, err
	}
	report, err := bench.Times(ctx, bench.Config{
		Stack: localstack.Config{Worker: e.worker, BlueprintsFolder: folder}, Blueprint: w.name, Runs: w.runs(s.nodes), AtOnce: atOnce,
	})
	switch {
	case err != nil:
		return c, err
	case report.Failed > 0 || report.Nodes != report.Runs*w.nodes():
		return c, fmt.Errorf("%d runs did not complete, %d nodes have finished", report.Failed, report.Nodes)
	case report.CPUPerNode == nil:
		report.CPUPerNode = new(0.0) // this system does not tell it
	}
	return cell{report.NodesPerSecond, *report.CPUPerNode, report.Latency}, nil
}
