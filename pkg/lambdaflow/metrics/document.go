package metrics

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// document is one line: a log line like the others, in which the member "_aws"
// declares the members that are metrics.
type document struct {
	blueprint string
	runs      map[string]int // of the blueprint
	flow      map[string]int
	durations []float64
	oldest    *int
}

type metadata struct {
	Timestamp         int64 // epoch ms
	CloudWatchMetrics []directive
}

// directive declares metrics, once for each set of dimensions.
type directive struct {
	Namespace  string
	Dimensions [][]string
	Metrics    []definition
}

type definition struct {
	Name string
	Unit string
}

// encode returns the line with its line end. It has the level INFO, since Lambda may
// be configured to drop lines below a level.
func (d document) encode(name, requestID string, now time.Time) ([]byte, error) {
	members := map[string]any{
		"timestamp": now.Format(time.RFC3339Nano), "level": "INFO", "msg": "metrics", Flow: dimension(name),
		"_aws": metadata{now.UnixMilli(), d.directives()},
	}
	if requestID != "" {
		members["request_id"] = requestID
	}
	if len(d.runs) > 0 {
		members[Blueprint] = dimension(d.blueprint)
	}
	for _, counts := range []map[string]int{d.runs, d.flow} {
		for metric, n := range counts {
			members[metric] = n
		}
	}
	if len(d.durations) > 0 {
		members[NodeDuration] = d.durations
	}
	if d.oldest != nil {
		members[OldestRun] = *d.oldest
	}
	line, err := json.Marshal(members)
	return append(line, '\n'), err
}

func (d document) directives() (all []directive) {
	if len(d.runs) > 0 {
		all = append(all, directive{Namespace, [][]string{{Flow}, {Flow, Blueprint}}, counted(d.runs)})
	}
	plain := counted(d.flow)
	if len(d.durations) > 0 {
		plain = append(plain, definition{NodeDuration, unitMilliseconds})
	}
	if d.oldest != nil {
		plain = append(plain, definition{OldestRun, unitSeconds})
	}
	if len(plain) > 0 {
		all = append(all, directive{Namespace, [][]string{{Flow}}, plain})
	}
	return all
}

func counted(counts map[string]int) (definitions []definition) {
	for _, metric := range slices.Sorted(maps.Keys(counts)) {
		definitions = append(definitions, definition{metric, unitCount})
	}
	return definitions
}

// dimension returns the text as a valid value of a dimension, which must be ASCII
// without control characters, and not only blanks.
func dimension(text string) string {
	var value strings.Builder
	for _, b := range []byte(text) {
		if b <= ' ' || b > '~' || b == '%' {
			fmt.Fprintf(&value, "%%%02X", b)
		} else {
			value.WriteByte(b)
		}
	}
	return value.String()
}
