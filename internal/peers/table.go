package main

import (
	"fmt"
	"io"
	"slices"
)

// table has the measurements of a system with a workload, of all rounds.
type table map[[2]string][]cell

func (t table) add(system, workload string, c cell) {
	key := [2]string{system, workload}
	t[key] = append(t[key], c)
}

// write writes the table in Markdown. The ratio is that of the medians to
// flowcraft-local's: on a busy machine only ratios mean something.
func (t table) write(w io.Writer) error {
	text := "| workload | system | nodes/s: min, median, max | ratio | CPU ms a node | p50 ms | p99 ms |\n|---|---|---|---|---|---|---|\n"
	for _, load := range workloads {
		base, _ := t.median("flowcraft-local", load.name, rate)
		for _, s := range systems {
			cells := t[[2]string{s.name, load.name}]
			if len(cells) == 0 {
				continue
			}
			rates := sorted(cells, rate)
			middle, _ := t.median(s.name, load.name, rate)
			ratio := "-"
			if base > 0 {
				ratio = fmt.Sprintf("%.2f", middle/base)
			}
			cpu, _ := t.median(s.name, load.name, func(c cell) float64 { return c.CPUPerNode })
			p50, _ := t.median(s.name, load.name, func(c cell) float64 { return c.Latency.P50 })
			p99, _ := t.median(s.name, load.name, func(c cell) float64 { return c.Latency.P99 })
			text += fmt.Sprintf("| %s | %s | %.0f, %.0f, %.0f | %s | %.2f | %.0f | %.0f |\n",
				load.name, s.name, rates[0], middle, rates[len(rates)-1], ratio, cpu, p50, p99)
		}
	}
	_, err := io.WriteString(w, text)
	return err
}

func rate(c cell) float64 { return c.NodesPerSecond }

func sorted(cells []cell, of func(cell) float64) (values []float64) {
	for _, c := range cells {
		values = append(values, of(c))
	}
	slices.Sort(values)
	return values
}

// median returns false if nothing was measured.
func (t table) median(system, workload string, of func(cell) float64) (float64, bool) {
	values := sorted(t[[2]string{system, workload}], of)
	n := len(values)
	if n == 0 {
		return 0, false
	}
	return (values[(n-1)/2] + values[n/2]) / 2, true
}
