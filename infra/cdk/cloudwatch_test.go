package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// series are the values of a metric by its period; a NaN is no data.
type series []float64

var none = math.NaN()

func absent(v float64) bool { return math.IsNaN(v) }

// rings lets time pass over the metrics of an alarm, which are named by their ids, or
// by "m" if the alarm is on one alone, and returns for each period whether the alarm
// rings at its end, with all data known.
func (tm template) rings(id string, metrics map[string]series) (rings []bool) {
	tm.t.Helper()
	_, resource := tm.one(kindAlarm, id)
	number := func(path string, otherwise float64) float64 {
		if v, ok := at(resource, "Properties."+path).(float64); ok {
			return v
		}
		return otherwise
	}
	text, _ := at(resource, "Properties.Metrics.0.Expression").(string)
	if text == "" {
		text = "m"
	}
	periods := int(number("EvaluationPeriods", 1))
	enough := int(number("DatapointsToAlarm", float64(periods)))
	length := 0
	for _, s := range metrics {
		length = max(length, len(s))
	}
	for end := 1; end <= length; end++ {
		known := map[string]series{}
		for name, s := range metrics {
			known[name] = s[:end]
		}
		values := evaluate(tm.t, text, known, end)
		breaches := 0
		for _, v := range values[max(0, end-periods):] {
			breaching := v >= number("Threshold", none)
			if at(resource, "Properties.ComparisonOperator") == "LessThanThreshold" {
				breaching = v < number("Threshold", none)
			}
			if absent(v) {
				breaching = at(resource, "Properties.TreatMissingData") == "breaching"
			}
			if breaching {
				breaches++
			}
		}
		rings = append(rings, breaches >= enough)
	}
	return rings
}

// evaluate computes an expression of metric math, as far as the alarms use it.
func evaluate(t *testing.T, text string, metrics map[string]series, length int) series {
	t.Helper()
	m := &arithmetic{t: t, rest: text, metrics: metrics, length: length}
	value := m.or()
	if m.space(); m.rest != "" {
		t.Fatalf("metric math %q: %q is not understood", text, m.rest)
	}
	return value
}

type arithmetic struct {
	t       *testing.T
	rest    string
	metrics map[string]series
	length  int
}

func (m *arithmetic) space() { m.rest = strings.TrimLeft(m.rest, " ") }

func (m *arithmetic) take(symbol string) bool {
	m.space()
	rest, ok := strings.CutPrefix(m.rest, symbol)
	if ok {
		m.rest = rest
	}
	return ok
}

func (m *arithmetic) want(symbol string) {
	if !m.take(symbol) {
		m.t.Fatalf("metric math: want %q at %q", symbol, m.rest)
	}
}

// both computes each value of two; without one of them there is none.
func (m *arithmetic) both(a, b series, compute func(a, b float64) float64) series {
	out := make(series, m.length)
	for i := range out {
		if out[i] = compute(a[i], b[i]); absent(a[i]) || absent(b[i]) {
			out[i] = none
		}
	}
	return out
}

func truth(holds bool) float64 {
	if holds {
		return 1
	}
	return 0
}

func (m *arithmetic) or() series {
	value := m.comparison()
	for m.take("AND") {
		value = m.both(value, m.comparison(), func(a, b float64) float64 { return truth(a != 0 && b != 0) })
	}
	return value
}

func (m *arithmetic) comparison() series {
	value := m.difference()
	switch {
	case m.take(">="):
		return m.both(value, m.difference(), func(a, b float64) float64 { return truth(a >= b) })
	case m.take(">"):
		return m.both(value, m.difference(), func(a, b float64) float64 { return truth(a > b) })
	case m.take("<"):
		return m.both(value, m.difference(), func(a, b float64) float64 { return truth(a < b) })
	}
	return value
}

func (m *arithmetic) difference() series {
	value := m.term()
	for m.take("- ") {
		value = m.both(value, m.term(), func(a, b float64) float64 { return a - b })
	}
	return value
}

func (m *arithmetic) constant(v float64) series {
	out := make(series, m.length)
	for i := range out {
		out[i] = v
	}
	return out
}

func (m *arithmetic) term() series {
	m.space()
	end := strings.IndexFunc(m.rest, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if end < 0 {
		end = len(m.rest)
	}
	name := m.rest[:end]
	m.rest = m.rest[end:]
	if v, err := strconv.ParseFloat(name, 64); err == nil {
		return m.constant(v)
	}
	if m.take("(") {
		defer m.want(")")
		return m.call(name)
	}
	value, ok := m.metrics[name]
	if !ok {
		m.t.Fatalf("metric math: no metric %q before %q", name, m.rest)
	}
	return value
}

func (m *arithmetic) call(function string) series {
	switch function {
	case "FILL":
		value := m.or()
		m.want(",")
		if m.take("REPEAT") {
			return repeat(value)
		}
		with := m.term()
		out := make(series, m.length)
		for i := range out {
			if out[i] = value[i]; absent(out[i]) {
				out[i] = with[i]
			}
		}
		return out
	case "DIFF":
		value := m.or()
		out := m.constant(none)
		for i := 1; i < m.length; i++ {
			out[i] = value[i] - value[i-1]
		}
		return out
	case "SUM":
		m.want("[")
		out := m.or()
		for m.take(",") {
			next := m.or()
			out = m.both(out, next, func(a, b float64) float64 { return a + b })
		}
		m.want("]")
		return out
	case "IF":
		condition := m.or()
		m.want(",")
		yes := m.term()
		m.want(",")
		no := m.term()
		out := make(series, m.length)
		for i := range out {
			if out[i] = no[i]; condition[i] != 0 {
				out[i] = yes[i]
			}
		}
		return out
	}
	m.t.Fatalf("metric math has no function %q here", function)
	return nil
}

// repeat fills gaps with the last value before them.
func repeat(s series) series {
	out := append(series(nil), s...)
	for i := 1; i < len(out); i++ {
		if absent(out[i]) {
			out[i] = out[i-1]
		}
	}
	return out
}

// first returns the number of the first period at whose end an alarm rings; -1 if it
// never does.
func first(rings []bool) int {
	for i, ring := range rings {
		if ring {
			return i
		}
	}
	return -1
}

// The evaluator itself: each function that an alarm uses, with gaps.
func TestMetricMath(t *testing.T) {
	metrics := map[string]series{"a": {none, 1, none, 3}, "b": {2, none, 2, 2}}
	for text, want := range map[string]series{
		"a":                                   {none, 1, none, 3},
		"FILL(a, 0) - FILL(b, 0)":             {-2, 1, -2, 1},
		"FILL(a, REPEAT)":                     {none, 1, 1, 3},
		"DIFF(FILL(FILL(a, REPEAT), 0))":      {none, 1, 0, 2},
		"SUM([FILL(a, 0), FILL(b, 0)])":       {2, 1, 2, 5},
		"IF(FILL(a, 0) > 0 AND b >= 2, 1, 0)": {0, none, 0, 1},
		"IF(b < 3, 1, 0)":                     {1, none, 1, 1},
	} {
		got := evaluate(t, text, metrics, 4)
		for i := range want {
			if strings.HasPrefix(text, "IF") && absent(want[i]) {
				continue // it is not said: alarms fill
			}
			if got[i] != want[i] && (!absent(got[i]) || !absent(want[i])) {
				t.Errorf("%s = %v, want %v", text, fmt.Sprint(got), want)
				break
			}
		}
	}
}
