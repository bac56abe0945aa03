package engine_test

import (
	"strings"
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/flowtest"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
)

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*engine.Config)
		want   []string // parts of the error; none: the configuration is accepted
	}{
		"the zero value":                               {func(*engine.Config) {}, nil},
		"stalled after exactly enough":                 {func(c *engine.Config) { c.Timeout, c.StalledAfter = 55*time.Second, 80*time.Second }, nil},
		"stalled too soon":                             {func(c *engine.Config) { c.Timeout, c.StalledAfter = 55*time.Second, 80*time.Second-1 }, []string{"stalled after 1m19.999999999s", "4/3"}},
		"the default stalled after bounds the timeout": {func(c *engine.Config) { c.Timeout = 221 * time.Second }, []string{"stalled after 5m0s"}},
		"the longest timeout of the default":           {func(c *engine.Config) { c.Timeout = 220 * time.Second }, nil},
		"a node timeout that just fits":                {func(c *engine.Config) { c.NodeTimeout = 56 * time.Second }, nil},
		"a node timeout that does not fit":             {func(c *engine.Config) { c.NodeTimeout = 56*time.Second + 1 }, []string{"a node may take 56.000000001s", "leaves 56s"}},
		"a reserve that does not fit":                  {func(c *engine.Config) { c.Reserve = 41 * time.Second }, []string{"the reserve of 41s"}},
		"a short retention":                            {func(c *engine.Config) { c.Retention = time.Hour - 1 }, []string{"Retention: 59m59.999999999s"}},
		"a negative timeout":                           {func(c *engine.Config) { c.Timeout = -1 }, []string{"must be positive"}},
		"a negative reserve":                           {func(c *engine.Config) { c.Reserve = -1 }, []string{"must be positive"}},
		"a negative node timeout":                      {func(c *engine.Config) { c.NodeTimeout = -1 }, []string{"must be positive"}},
		"negative limits":                              {func(c *engine.Config) { c.MaxStarts, c.MaxHops, c.MaxValue = -1, -2, -3 }, []string{"MaxStarts: -1 must be at least 2"}},
		"a single receive":                             {func(c *engine.Config) { c.MaxReceives = 1 }, []string{"MaxReceives: 1 receives"}},
		"two receives":                                 {func(c *engine.Config) { c.MaxReceives = 2 }, nil},
		"all faults at once": {func(c *engine.Config) { c.MaxReceives, c.Retention, c.StalledAfter = 1, 1, 1 },
			[]string{"MaxReceives", "Retention", "stalled after"}},
		"a blueprint's fault and a setting's": {func(c *engine.Config) {
			c.MaxReceives = 1
			c.Blueprints = []*flow.Blueprint{{ID: "b", Nodes: []flow.Node{{ID: "a", Uses: "nothing"}}}}
		}, []string{"MaxReceives", "MISSING_NODE_IMPLEMENTATION"}},
		"a node's own timeout that does not fit": {func(c *engine.Config) {
			c.Blueprints = []*flow.Blueprint{{ID: "b", Nodes: []flow.Node{{ID: "a", Uses: "pass", Config: flow.NodeConfig{Timeout: 57 * time.Second}}}}}
		}, []string{"blueprint b: node a", "57s", "leaves 56s"}},
		"a node's own timeout that just fits": {func(c *engine.Config) {
			c.Blueprints = []*flow.Blueprint{{ID: "b", Nodes: []flow.Node{{ID: "a", Uses: "pass", Config: flow.NodeConfig{Timeout: 56 * time.Second}}}}}
		}, nil},
		"a blueprint given twice": {func(c *engine.Config) {
			b := &flow.Blueprint{ID: "b", Nodes: []flow.Node{{ID: "a", Uses: "pass"}}}
			c.Blueprints = []*flow.Blueprint{b, b}
		}, []string{"blueprint b is given twice"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var config engine.Config
			test.change(&config)
			_, err := engine.New(memory.NewStore(), memory.NewQueue(), flow.Registry{"x": flowtest.Stub(1)}, config)
			if len(test.want) == 0 {
				if err != nil {
					t.Errorf("New = %v, want nil", err)
				}
				return
			}
			for _, want := range test.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("New = %v, want %q in it", err, want)
				}
			}
		})
	}
}

func TestConfigFit(t *testing.T) {
	t.Parallel()
	const year = 365 * 24 * time.Hour
	for name, test := range map[string]struct {
		config engine.Config
		node   time.Duration
		want   time.Duration // the timeout at least; 0: New returns an error
	}{
		"a node within the default": {engine.Config{}, 50 * time.Second, time.Minute},
		"a node without timeout":    {engine.Config{NodeTimeout: 5 * time.Minute}, 0, 5 * time.Minute},
		"a node beyond the default": {engine.Config{}, 58 * time.Second, 62 * time.Second},
		"a day":                     {engine.Config{}, 24 * time.Hour, 24 * time.Hour},
		"a short timeout":           {engine.Config{Timeout: 5 * time.Second, NodeTimeout: time.Second}, time.Minute, time.Minute},
		"a larger reserve":          {engine.Config{Reserve: time.Hour}, time.Hour, 2 * time.Hour},
		"ten years":                 {engine.Config{}, 10 * year, 10 * year},
		"more than ten years":       {engine.Config{}, 11 * year, 0},
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			test.config.Blueprints = []*flow.Blueprint{{ID: "b", Nodes: []flow.Node{{ID: "a", Uses: "pass", Config: flow.NodeConfig{Timeout: test.node}}}}}
			fit := test.config.Fit()
			_, err := engine.New(memory.NewStore(), memory.NewQueue(), nil, fit)
			if (err == nil) != (test.want > 0) {
				t.Errorf("New = %v", err)
			}
			if fit.Timeout < test.want || fit.Timeout > test.want+10*time.Second && test.want > 0 {
				t.Errorf("Timeout = %s, want %s, and seconds more where a node needs them", fit.Timeout, test.want)
			}
		})
	}
	t.Run("a_blueprint_that_is_nil_is_left_to_New", func(t *testing.T) {
		t.Parallel()
		_, err := engine.New(memory.NewStore(), memory.NewQueue(), nil, engine.Config{Blueprints: []*flow.Blueprint{nil}}.Fit())
		if err == nil || !strings.Contains(err.Error(), "the blueprint is nil") {
			t.Errorf("New = %v, want that the blueprint is nil", err)
		}
	})
}
