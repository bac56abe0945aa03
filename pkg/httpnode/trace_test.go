package httpnode_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
	"github.com/flowcraft-go/flowcraft/pkg/flow/trace"
	"github.com/flowcraft-go/flowcraft/pkg/httpnode"
)

// A request has the run's traceparent, unless the node's headers have another or remove
// it. Another origin does not get it.
func TestTraceparent(t *testing.T) {
	t.Parallel()
	const given = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	other := newSite(t, func(http.ResponseWriter, *http.Request) {})
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, "/", http.StatusFound)
		case "/away":
			http.Redirect(w, r, other.URL, http.StatusFound)
		}
	})
	for name, test := range map[string]struct {
		given, path string
		headers     map[string]any
		server      *site
		want        string
	}{
		"none":            {"", "/", nil, s, ""},
		"the run's":       {given, "/", nil, s, given},
		"after a step":    {given, "/moved", nil, s, given},
		"another origin":  {given, "/away", nil, other, ""},
		"the node's own":  {given, "/", map[string]any{"Traceparent": "'own'"}, s, "own"},
		"removed by null": {given, "/", map[string]any{"traceparent": "null"}, s, ""},
	} {
		params, err := json.Marshal(map[string]any{"url": quoted(s.URL + test.path), "headers": test.headers})
		if err != nil {
			t.Fatal(err)
		}
		before := len(test.server.All())
		b := &flow.Blueprint{ID: "b", Nodes: []flow.Node{{ID: "n", Uses: httpnode.Name, Params: params}}}
		if _, err := memory.Run(trace.ContextWith(t.Context(), test.given), b, flow.Registry{httpnode.Name: httpnode.New(local)}, nil); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all := test.server.All()
		if got := all[len(all)-1].header.Get("traceparent"); len(all) == before || got != test.want {
			t.Errorf("%s: traceparent %q of request %d, want %q", name, got, len(all), test.want)
		}
	}
}
