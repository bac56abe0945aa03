package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == serving {
		exit(serve(os.Stdin, os.Stdout))
	}
	runs := flag.Int("runs", 400, "runs of each shape")
	atOnce := flag.Int("at-once", 4, "runs at a time")
	only := flag.String("only", "", "the one shape to measure")
	raw := flag.String("raw", "", "folder for the profiles")
	noShares := flag.Bool("no-shares", false, "measure without a profiler")
	flag.Parse()
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400) // as the functions do with 256 MB
	}
	exit(profile(context.Background(), os.Stdout, settings{*runs, *atOnce, *only, *raw, *noShares}))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "profile:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// settings are those of a measurement.
type settings struct {
	runs, atOnce int
	only         string
	raw          string
	noShares     bool
}

// profile measures every shape, and prints a row for each.
func profile(ctx context.Context, out io.Writer, s settings) error {
	server, err := startServer(ctx)
	if err != nil {
		return err
	}
	defer server.stop()
	w, err := newWorker(server)
	if err != nil {
		return err
	}
	titles := []string{"shape", "requests a node", "CPU ms a request", "CPU ms a node", "KB allocated a node", "allocations a node"}
	if !s.noShares {
		titles = append(titles, categories...)
	}
	line(out, titles)
	line(out, slices.Repeat([]string{"---"}, len(titles)))
	for _, shape := range shapes {
		if s.only != "" && shape.ID != s.only {
			continue
		}
		m, err := w.measure(ctx, shape, s)
		if err != nil {
			return fmt.Errorf("%s: %w", shape.ID, err)
		}
		line(out, append([]string{shape.ID}, m.cells()...))
	}
	return nil
}

func line(out io.Writer, cells []string) { fmt.Fprintf(out, "| %s |\n", strings.Join(cells, " | ")) }

// measured is what runs of one shape took.
type measured struct {
	nodes, requests int
	cpu             time.Duration
	bytes, objects  uint64
	shares          map[string]float64 // by category; nil: not profiled
}

func (m measured) cells() []string {
	ms, nodes := float64(m.cpu)/float64(time.Millisecond), float64(m.nodes)
	cells := []string{
		fmt.Sprintf("%.2f", float64(m.requests)/nodes), fmt.Sprintf("%.3f", ms/float64(m.requests)), fmt.Sprintf("%.3f", ms/nodes),
		fmt.Sprintf("%.1f", float64(m.bytes)/nodes/1024), fmt.Sprintf("%.0f", float64(m.objects)/nodes),
	}
	if m.shares != nil {
		for _, category := range categories {
			cells = append(cells, fmt.Sprintf("%.0f %%", 100*m.shares[category]))
		}
	}
	return cells
}
