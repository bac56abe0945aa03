package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// table has the measurements of a system with a workload, of all rounds.
type table map[[2]string][]cell

func (t table) add(system, workload string, c cell) {
	key := [2]string{system, workload}
	t[key] = append(t[key], c)
}

// write writes the table in Markdown. The ratios are those to flowcraft-local in the same
// round: on a busy machine only they mean something.
func (t table) write(w io.Writer) error {
	var text strings.Builder
	text.WriteString("| workload | system | ratio: min, median, max | nodes/s: min, median, max | CPU ms a node | p50 ms | p99 ms |\n|---|---|---|---|---|---|---|\n")
	for _, load := range workloads {
		for _, s := range systems {
			cells := t[[2]string{s.name, load.name}]
			if len(cells) == 0 {
				continue
			}
			fmt.Fprintf(&text, "| %s | %s | %s | %s | %.2f | %.0f | %.0f |\n", load.name, s.name,
				spread("%.2f", t.ratios(s.name, load.name)), spread("%.0f", values(cells, rate)),
				median(values(cells, func(c cell) float64 { return c.CPUPerNode })),
				median(values(cells, func(c cell) float64 { return c.Latency.P50 })),
				median(values(cells, func(c cell) float64 { return c.Latency.P99 })))
		}
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// ratios returns nothing if this engine was not measured.
func (t table) ratios(system, workload string) (ratios []float64) {
	base := t[[2]string{"flowcraft-local", workload}]
	for round, c := range t[[2]string{system, workload}] {
		if round < len(base) {
			ratios = append(ratios, c.NodesPerSecond/base[round].NodesPerSecond)
		}
	}
	return ratios
}

func rate(c cell) float64 { return c.NodesPerSecond }

func values(cells []cell, of func(cell) float64) (values []float64) {
	for _, c := range cells {
		values = append(values, of(c))
	}
	return values
}

// spread formats the smallest, the median and the largest value.
func spread(format string, values []float64) string {
	if len(values) == 0 {
		return "-"
	}
	all := fmt.Sprintf("%[1]s, %[1]s, %[1]s", format)
	return fmt.Sprintf(all, slices.Min(values), median(values), slices.Max(values))
}

// median needs one value at least.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
