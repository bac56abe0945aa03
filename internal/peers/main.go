// Command peers has this engine and others run the same workloads, in turns, and prints
// their nodes a second, CPU and latencies side by side. It is a module of its own, so that
// nothing else depends on the peers.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/process"
)

// cellLimit bounds one measurement.
const cellLimit = time.Minute

func main() {
	rounds := flag.Int("rounds", 5, "rounds, each of all measurements in turn")
	limit := flag.Duration("limit", 10*time.Minute, "time for everything")
	worker := flag.String("worker", "build/worker/bootstrap", "binary of this engine's worker")
	only := flag.String("only", "", "systems to measure, separated by commas; default all")
	one := flag.String("one", "", "internal: measure SYSTEM/WORKLOAD in this process")
	database := flag.String("database", "", "internal: Postgres")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := errors.New("-rounds must be 1 to 100")
	if *one != "" {
		err = measureOne(ctx, *one, environment{worker: *worker, database: *database})
	} else if *rounds >= 1 && *rounds <= 100 {
		ctx, cancel := context.WithTimeoutCause(ctx, *limit, errors.New("the time limit has passed"))
		defer cancel()
		err = measureAll(ctx, *rounds, *worker, *only)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		stop()
		os.Exit(1)
	}
}

// measureAll prints the table of all that was measured, also after an error.
func measureAll(ctx context.Context, rounds int, worker, only string) error {
	dir, err := os.MkdirTemp("", "peers")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // a leftover in the temporary folder is harmless
	var database string
	if server, err := startPostgres(ctx, dir); err != nil {
		fmt.Fprintln(os.Stderr, "peers: without Postgres:", err)
	} else {
		defer server.Stop(5 * time.Second)
		database = server.url
	}
	results := table{}
	fmt.Printf("%s, %s, %s/%s, %d cores, up to %d rounds\n\n", time.Now().UTC().Format(time.DateOnly), runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), rounds)
	for round := range rounds {
		for _, w := range workloads {
			for _, s := range systems {
				if only != "" && !strings.Contains(","+only+",", ","+s.name+",") || s.postgres && database == "" {
					continue
				}
				c, err := measure(ctx, s, w, worker, database)
				if ctx.Err() != nil {
					return errors.Join(results.write(os.Stdout), context.Cause(ctx))
				}
				if err != nil {
					return errors.Join(results.write(os.Stdout), fmt.Errorf("%s, %s: %w", s.name, w.name, err))
				}
				fmt.Fprintf(os.Stderr, "round %d: %-20s %-9s %6.0f nodes/s\n", round+1, s.name, w.name, c.NodesPerSecond)
				results.add(s.name, w.name, c)
			}
		}
	}
	return results.write(os.Stdout)
}

// measure measures in a process of its own, whose CPU is nothing but the system's.
func measure(ctx context.Context, s system, w workload, worker, database string) (c cell, err error) {
	program, err := os.Executable()
	if err != nil {
		return c, err
	}
	if worker, err = filepath.Abs(worker); err != nil {
		return c, err
	}
	var stdout, stderr strings.Builder
	cmd := exec.Command(program, "-one", s.name+"/"+w.name, "-worker", worker, "-database", database)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	p, err := process.Start(cmd)
	if err != nil {
		return c, err
	}
	ctx, cancel := context.WithTimeout(ctx, cellLimit)
	defer cancel()
	select {
	case <-p.Done():
	case <-ctx.Done():
		p.Stop(5 * time.Second)
		return c, fmt.Errorf("not done after %s", cellLimit)
	}
	if err := p.Err(); err != nil {
		return c, fmt.Errorf("%w: %s", err, stderr.String())
	}
	return c, json.Unmarshal([]byte(stdout.String()), &c)
}
