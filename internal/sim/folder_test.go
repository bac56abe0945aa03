package sim

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

func TestLoadBlueprints(t *testing.T) {
	t.Parallel()
	one := `{"id":"one","nodes":[{"id":"a","uses":"charge"}]}`
	tests := map[string]struct {
		file string
		ids  string
		left string // part of the reason
	}{
		"a blueprint":                  {one, "one", ""},
		"blueprints":                   {`[` + one + `,{"id":"two","nodes":[{"id":"a","uses":"pass"}]}]`, "one two", ""},
		"objects with a member":        {`[{"name":"x","blueprint":` + one + `}]`, "one", ""},
		"beside an invalid one":        {`[` + one + `,{"id":"two","nodes":[]}]`, "one", "f.json, blueprint 2, is left out"},
		"no JSON":                      {`{`, "", "INVALID_JSON"},
		"an invalid built-in":          {`{"id":"b","nodes":[{"id":"a","uses":"set","params":{"value":1}}]}`, "", "params"},
		"a node that there is not yet": {`{"id":"b","nodes":[{"id":"a","uses":"sleep"}]}`, "", "not part of this version"},
		"a loop": {`{"id":"b","nodes":[{"id":"a","uses":"x"},{"id":"b","uses":"loop-controller"}],
			"edges":[{"source":"a","target":"b"},{"source":"b","target":"a"}]}`, "", "loop-controller"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := fstest.MapFS{"in/f.json": {Data: []byte(test.file)}, "in/readme.md": {Data: []byte("{")}}
			blueprints, left, err := LoadBlueprints(folder)
			var ids []string
			for _, b := range blueprints {
				ids = append(ids, b.ID)
			}
			if got := strings.Join(ids, " "); got != test.ids || (err != nil) != (test.ids == "") {
				t.Errorf("the blueprints are %q, %v, want %q", got, err, test.ids)
			}
			if (len(left) == 0) != (test.left == "") || len(left) > 0 && !strings.Contains(left[0].Error(), test.left) {
				t.Errorf("left out are %v, want one that mentions %q", left, test.left)
			}
		})
	}
}

// strange blueprints: ids that look like something else, ids before their
// predecessors, chains of fallbacks, a join of everything.
const strange = `[
{"id":"ids","nodes":[{"id":"..","uses":"x"},{"id":".","uses":"x"},{"id":"a","uses":"x"},{"id":"a.v","uses":"x"},{"id":"_x","uses":"x"},
	{"id":"x","uses":"x"},{"id":"k0","uses":"x"},{"id":"\"\\\u2028\n<","uses":"pass"},{"id":"#@/%25","uses":"x"},{"id":"end","uses":"x","config":{"joinStrategy":"any"}}],
	"edges":[{"source":"..","target":"end"},{"source":".","target":"a"},{"source":"a","target":"a.v","condition":"true","transform":"input"},
	{"source":"a.v","target":"_x"},{"source":"_x","target":"\"\\\u2028\n<"},{"source":"\"\\\u2028\n<","target":"#@/%25","action":"é"},
	{"source":"x","target":"end"},{"source":"k0","target":"end","action":"é"},{"source":"#@/%25","target":"end","condition":"input.v > 3"}]},
{"id":"last first","nodes":[{"id":"c","uses":"x","config":{"maxRetries":9,"retryDelay":86400000}},{"id":"b","uses":"x","config":{"fallback":"d"}},
	{"id":"d","uses":"x","config":{"fallback":"e","maxRetries":2,"backoff":{"factor":10,"jitter":true}}},{"id":"e","uses":"x","config":{"semantics":"at-most-once"}},{"id":"a","uses":"x"}],
	"edges":[{"source":"b","target":"c"},{"source":"a","target":"b"},{"source":"d","target":"c"},{"source":"a","target":"c"}]}
]`

func TestCampaignOfStrangeBlueprints(t *testing.T) {
	t.Parallel()
	blueprints, left, err := LoadBlueprints(fstest.MapFS{"strange.json": {Data: []byte(strange)}})
	if err != nil || len(left) > 0 {
		t.Fatal(err, left)
	}
	sum := Campaign(1, 1000, 3, func(seed uint64) Result { return Simulate(seed, nil, blueprints...) })
	for _, r := range sum.Failed {
		t.Errorf("seed %d: %s", r.Seed, r.Violations)
	}
	for _, status := range []flow.Status{flow.Completed, flow.Failed, flow.Cancelled} {
		if sum.Statuses[status] == 0 {
			t.Errorf("no run is %s", status)
		}
	}
}
