package metrics_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The rules of CloudWatch's embedded metric format, from its specification and its
// JSON schema.
const (
	maxEvent      = 256 << 10 // bytes of a log event
	maxText       = 255       // of namespaces and of names
	maxDimension  = 1024      // of a dimension's value
	maxMetrics    = 100       // of a directive
	maxDimensions = 30        // of a set
	maxTarget     = 100       // values of a metric
)

var (
	// unit includes the units per second.
	unit = regexp.MustCompile(`^(Seconds|Microseconds|Milliseconds|Percent|Count|None|(Bytes|Kilobytes|Megabytes|Gigabytes|Terabytes|Bits|Kilobits|Megabits|Gigabits|Terabits)(/Second)?|Count/Second)$`)
	// dimensionValue: ASCII without control characters, and not only blanks.
	dimensionValue = regexp.MustCompile(`^[ -~]*[!-~][ -~]*$`)
)

// metric is a metric as CloudWatch identifies it, with its dimensions in their order.
type metric struct {
	Namespace, Name, Dimensions string
}

// read returns the metrics of a line, which must be valid.
func read(t *testing.T, line []byte) map[metric][]float64 {
	t.Helper()
	found, err := parse(line)
	if err != nil {
		t.Fatalf("%s\n%v", line, err)
	}
	return found
}

func parse(line []byte) (map[metric][]float64, error) {
	if len(line) > maxEvent {
		return nil, fmt.Errorf("the event has %d bytes", len(line))
	}
	text, ended := bytes.CutSuffix(line, []byte("\n"))
	if !ended || bytes.Contains(text, []byte("\n")) {
		return nil, fmt.Errorf("not one line")
	}
	var root map[string]any
	if err := json.Unmarshal(text, &root); err != nil {
		return nil, err
	}
	var head struct {
		AWS struct {
			Timestamp         *int64
			CloudWatchMetrics []directive
		} `json:"_aws"`
	}
	decoder := json.NewDecoder(strings.NewReader(string(mustMarshal(map[string]any{"_aws": root["_aws"]}))))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&head); err != nil {
		return nil, err
	}
	if head.AWS.Timestamp == nil || head.AWS.CloudWatchMetrics == nil {
		return nil, fmt.Errorf("_aws has no Timestamp, or no CloudWatchMetrics")
	}
	found := map[metric][]float64{}
	for _, d := range head.AWS.CloudWatchMetrics {
		if err := d.read(root, found); err != nil {
			return nil, err
		}
	}
	return found, nil
}

type directive struct {
	Namespace  string
	Dimensions [][]string
	Metrics    []struct {
		Name              string
		Unit              *string
		StorageResolution *int
	}
}

func (d directive) read(root map[string]any, found map[metric][]float64) error {
	if !named(d.Namespace) || strings.HasPrefix(d.Namespace, ":") {
		return fmt.Errorf("namespace %q", d.Namespace)
	}
	if len(d.Dimensions) == 0 || len(d.Metrics) == 0 || len(d.Metrics) > maxMetrics {
		return fmt.Errorf("%d sets of dimensions, %d metrics", len(d.Dimensions), len(d.Metrics))
	}
	for _, set := range d.Dimensions {
		dimensions, err := dimensionsOf(root, set)
		if err != nil {
			return err
		}
		for _, m := range d.Metrics {
			values, err := target(root[m.Name])
			if err != nil || !named(m.Name) || m.Unit != nil && !unit.MatchString(*m.Unit) {
				return fmt.Errorf("metric %q with unit %v: %w", m.Name, m.Unit, err)
			}
			key := metric{d.Namespace, m.Name, dimensions}
			if found[key] != nil {
				return fmt.Errorf("%v is there twice", key)
			}
			found[key] = values
		}
	}
	return nil
}

func dimensionsOf(root map[string]any, set []string) (string, error) {
	var all []string
	for _, name := range set {
		value, ok := root[name].(string)
		if !ok || !named(name) || len(value) > maxDimension || !dimensionValue.MatchString(value) {
			return "", fmt.Errorf("dimension %q is %v", name, root[name])
		}
		all = append(all, name+"="+value)
	}
	if len(all) > maxDimensions || len(slices.Compact(slices.Sorted(slices.Values(set)))) != len(set) {
		return "", fmt.Errorf("dimensions %q", set)
	}
	return strings.Join(all, " "), nil
}

// target returns a metric's values: a number, or a list.
func target(value any) ([]float64, error) {
	if number, ok := value.(float64); ok {
		return []float64{number}, nil
	}
	list, ok := value.([]any)
	if !ok || len(list) == 0 || len(list) > maxTarget {
		return nil, fmt.Errorf("its target is a %T of %d", value, len(list))
	}
	var values []float64
	for _, one := range list {
		number, ok := one.(float64)
		if !ok {
			return nil, fmt.Errorf("its target has a %T in it", one)
		}
		values = append(values, number)
	}
	return values, nil
}

func named(text string) bool { return text != "" && len(text) <= maxText }

func mustMarshal(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return data
}

// The rules refuse lines that CloudWatch would drop silently.
func TestFormatRulesRefuseInvalidLines(t *testing.T) {
	t.Parallel()
	valid := `{"_aws":{"Timestamp":1,"CloudWatchMetrics":[{"Namespace":"N","Dimensions":[["D"]],"Metrics":[{"Name":"M","Unit":"Count"}]}]},"D":"d","M":[1,2]}`
	if found := read(t, []byte(valid+"\n")); len(found[metric{"N", "M", "D=d"}]) != 2 {
		t.Errorf("found %v", found)
	}
	for name, change := range map[string][2]string{
		"no timestamp":         {`"Timestamp":1,`, ``},
		"a timestamp of text":  {`"Timestamp":1`, `"Timestamp":"1"`},
		"an unknown member":    {`"Timestamp":1`, `"Timestamp":1,"X":1`},
		"no namespace":         {`"Namespace":"N",`, ``},
		"no dimensions":        {`[["D"]]`, `[]`},
		"no metrics":           {`[{"Name":"M","Unit":"Count"}]`, `[]`},
		"a unit of its own":    {`"Count"`, `"Nodes"`},
		"no target":            {`"M":[1,2]`, `"m":1`},
		"a nested target":      {`"M":[1,2]`, `"M":{"Values":[1]}`},
		"a target of text":     {`"M":[1,2]`, `"M":["1"]`},
		"an empty target":      {`"M":[1,2]`, `"M":[]`},
		"101 values":           {`"M":[1,2]`, `"M":[` + strings.Repeat("1,", 100) + `1]`},
		"no dimension's value": {`"D":"d",`, ``},
		"a number's dimension": {`"D":"d"`, `"D":1`},
		"a blank dimension":    {`"D":"d"`, `"D":" "`},
		"a dimension in UTF-8": {`"D":"d"`, `"D":"ü"`},
		"two lines":            {`"D":"d"`, "\n" + `"D":"d"`},
	} {
		if !strings.Contains(valid, change[0]) {
			t.Fatalf("%s: nothing to change", name)
		}
		if found, err := parse([]byte(strings.Replace(valid, change[0], change[1], 1) + "\n")); err == nil {
			t.Errorf("%s is valid: %v", name, found)
		}
	}
}
