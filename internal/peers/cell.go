package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/bench"
)

// cell is one measurement.
type cell struct {
	NodesPerSecond float64
	CPUPerNode     float64 // milliseconds, of the process that runs the nodes
	Latency        bench.Latency
}

// environment has the parts that a system runs on.
type environment struct{ worker, database string }

// system is an engine with a store.
type system struct {
	name     string
	nodes    int  // in one measurement, about
	postgres bool // whether it needs one
	measure  func(context.Context, workload, system, environment) (cell, error)
}

var systems = []system{
	{"flowcraft-memory", 2000, false, measureMemory},
	{"flowcraft-local", 2000, false, measureLocal},
	{"dbos-sqlite", 2000, false, measureDBOS},
	{"dbos-postgres", 2000, true, measureDBOS},
	{"dbos-postgres-async", 2000, true, measureDBOS}, // commits do not wait for the disk
	{"go-workflows-sqlite", 200, false, measureGoWorkflows},
}

const (
	warmRuns = 2
	atOnce   = 16 // runs at a time
)

// measureOne prints a cell.
func measureOne(ctx context.Context, name string, e environment) error {
	for _, s := range systems {
		for _, w := range workloads {
			if s.name+"/"+w.name != name {
				continue
			}
			c, err := s.measure(ctx, w, s, e)
			if err != nil {
				return err
			}
			return json.NewEncoder(os.Stdout).Encode(c)
		}
	}
	return fmt.Errorf("no measurement %q", name)
}

// inProcess times runs in this process, some at once. Run returns when the run has ended.
func inProcess(w workload, runs, parallel int, run func(i int) error) (c cell, err error) {
	for i := range warmRuns {
		if err := run(-1 - i); err != nil {
			return c, err
		}
	}
	var (
		mu        sync.Mutex
		latencies []time.Duration
		going     sync.WaitGroup
		slots     = make(chan struct{}, parallel)
		cpu       = ownCPU()
		began     = time.Now()
	)
	for i := range runs {
		slots <- struct{}{}
		going.Go(func() {
			defer func() { <-slots }()
			sent := time.Now()
			failed := run(i)
			mu.Lock()
			defer mu.Unlock()
			latencies = append(latencies, time.Since(sent))
			if failed != nil {
				err = failed
			}
		})
	}
	going.Wait()
	took, nodes := time.Since(began), float64(runs*w.nodes())
	return cell{
		NodesPerSecond: nodes / took.Seconds(),
		CPUPerNode:     (ownCPU() - cpu).Seconds() * 1000 / nodes,
		Latency:        bench.LatencyOf(latencies),
	}, err
}

// ownCPU returns the processor time that this process has used.
func ownCPU() time.Duration {
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage) // it fails for no valid argument
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// async tells whether commits do not wait for the disk.
func (s system) async() bool { return strings.HasSuffix(s.name, "-async") }
