package httpnode_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/client"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/flowtest"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
	"github.com/flowcraft-go/flowcraft/pkg/flow/secret"
	"github.com/flowcraft-go/flowcraft/pkg/httpnode"
)

// requesting returns a blueprint of the node "n", with two attempts.
func requesting(t *testing.T, params map[string]any) *flow.Blueprint {
	t.Helper()
	text, err := json.Marshal(params)
	if err != nil {
		t.Fatal(err)
	}
	return &flow.Blueprint{ID: "b", Nodes: []flow.Node{
		{ID: "n", Uses: httpnode.Name, Params: text, Config: flow.NodeConfig{MaxRetries: 2, RetryDelay: time.Second, Timeout: 10 * time.Second}},
	}}
}

// withSecrets runs the node "n" with secrets from a source, with two attempts.
func withSecrets(t *testing.T, source secret.Source, params map[string]any) *flow.Report {
	t.Helper()
	return flowtest.Run(t, requesting(t, params), flow.Registry{httpnode.Name: httpnode.New(local)}, nil, flowtest.WithConfig(func(c *engine.Config) {
		c.Middleware = append(c.Middleware, secret.Middleware(secret.NewCache(source, nil)))
	}))
}

func authorized(name string) map[string]any {
	return map[string]any{"Authorization": map[string]string{"secret": name, "prefix": "Bearer "}, "X-A": "'plain'"}
}

func TestSecretInAHeader(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer s3cret" || r.Header.Get("X-A") != "plain" {
			w.WriteHeader(http.StatusForbidden)
		}
	})
	if run := withSecrets(t, secret.Given{"shop": `{"key":"s3cret"}`}, map[string]any{"url": quoted(s.URL), "headers": authorized("shop#key")}); run.Status != flow.Completed {
		t.Error(failure(run))
	}
	for name, test := range map[string]struct{ secret, want string }{
		"line":    {"s3cret\n", "secret: header Authorization: secret shop has control characters, such as a line break at its end"},
		"missing": {"", "secret: header Authorization: secret shop: it is empty"},
	} {
		run := withSecrets(t, secret.Given{"shop": test.secret}, map[string]any{"url": quoted(s.URL), "headers": authorized("shop")})
		if failure(run) != test.want || run.Error.Attempt != 1 {
			t.Errorf("%s: %s, want %s at the first attempt", name, failure(run), test.want)
		}
	}
}

// A secret that the server refuses is read again, and used once more if it has
// changed: not for ever, and not if it is the same.
func TestSecretIsReadAgainAfter401(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		values   []string // of the source, one read each; then the last
		accepted string
		want     string
		requests int
	}{
		"rotated":       {[]string{"old", "new"}, "Bearer new", "", 2},
		"same":          {[]string{"old"}, "Bearer new", "http_401", 1},
		"wrong_as_well": {[]string{"old", "newer", "newest"}, "Bearer new", "http_401", 2},
		"accepted":      {[]string{"new"}, "Bearer new", "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Authorization") != test.accepted {
					w.WriteHeader(http.StatusUnauthorized)
				}
			})
			reads := 0
			source := sourceFunc(func() string { reads++; return test.values[min(reads, len(test.values))-1] })
			run := withSecrets(t, source, map[string]any{"url": quoted(s.URL), "headers": authorized("shop"), "method": "POST", "body": "'b'"})
			if code, _, _ := strings.Cut(failure(run), ":"); code != test.want || len(s.All()) != test.requests {
				t.Errorf("%q after %d requests, want %q after %d", failure(run), len(s.All()), test.want, test.requests)
			}
		})
	}
}

type sourceFunc func() string

func (f sourceFunc) Read(context.Context, secret.Name) (string, error) { return f(), nil }

// A secret is looked for everywhere after a run that has used it: in the store, the
// messages, the log at its finest, the events and the report, whether the run ends
// well, fails, or is sent elsewhere.
func TestSecretLeavesNoTrace(t *testing.T) {
	t.Parallel()
	other := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(fmt.Sprint(r.Header), "s3cret") {
			t.Errorf("the secret goes to another origin: %v", r.Header)
		}
		w.WriteHeader(http.StatusUnauthorized)
	})
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/away":
			http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
		case "/broken":
			panic(http.ErrAbortHandler)
		case "/fail":
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	for _, path := range []string{"/ok", "/fail", "/away", "/broken"} {
		b := requesting(t, map[string]any{"url": quoted(s.URL + path), "headers": authorized("shop")})
		b.Nodes = append(b.Nodes, flow.Node{ID: "code", Uses: "code"})
		var traces bytes.Buffer
		store, queue := memory.NewStore(), memory.NewQueue()
		worker, err := engine.New(store, spy{queue, &traces}, flow.Registry{httpnode.Name: httpnode.New(local), "code": flow.Func(leaky)}, engine.Config{
			Blueprints: []*flow.Blueprint{b}, Now: queue.Now, Logger: slog.New(slog.NewJSONHandler(&traces, &slog.HandlerOptions{Level: slog.LevelDebug})),
			Events:     func(e flow.Event) { fmt.Fprintf(&traces, "%+v %#v\n", e, e) },
			Middleware: []flow.Middleware{secret.Middleware(secret.NewCache(secret.Given{"shop": "s3cret"}, nil))},
		}.Fit())
		if err != nil {
			t.Fatal(err)
		}
		id, err := client.New(queue, store).Start(t.Context(), b.ID, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, ended := memory.Finish(t.Context(), store, queue, worker, id)
		report, err := client.New(nil, store).Report(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&traces, "%v\n%+v\n%+v\n%+v\n%#v\n", ended, report, report.Error, report.Nodes, store)
		dump(&traces, reflect.ValueOf(store), map[uintptr]bool{})
		if !strings.Contains(traces.String(), `"url"`) || !strings.Contains(traces.String(), id) {
			t.Errorf("%s: the store is not in the dump", path)
		}
		if !slices.ContainsFunc(s.All(), func(r seen) bool { return r.header.Get("Authorization") == "Bearer s3cret" }) {
			t.Errorf("%s: the secret was not used", path)
		}
		if at := strings.Index(traces.String(), "s3cret"); at >= 0 {
			t.Errorf("%s: the secret is in …%s…", path, traces.String()[max(0, at-200):at+20])
		}
	}
}

// spy notes the messages that are sent.
type spy struct {
	*memory.Queue
	to *bytes.Buffer
}

func (s spy) Send(ctx context.Context, messages ...flow.Outgoing) error {
	fmt.Fprintf(s.to, "%+v\n", messages)
	return s.Queue.Send(ctx, messages...)
}

// dump writes every text in a value, also those in unexported fields.
func dump(to *bytes.Buffer, v reflect.Value, known map[uintptr]bool) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() || v.Kind() == reflect.Pointer && known[v.Pointer()] {
			return
		}
		if v.Kind() == reflect.Pointer {
			known[v.Pointer()] = true
		}
		dump(to, v.Elem(), known)
	case reflect.Struct:
		for _, field := range v.Fields() {
			dump(to, field, known)
		}
	case reflect.Map:
		for it := v.MapRange(); it.Next(); {
			dump(to, it.Key(), known)
			dump(to, it.Value(), known)
		}
	case reflect.Slice, reflect.Array:
		if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8 {
			fmt.Fprintf(to, "%s\n", v.Bytes())
			return
		}
		for i := range v.Len() {
			dump(to, v.Index(i), known)
		}
	case reflect.String:
		fmt.Fprintln(to, v.String())
	}
}

// leaky is code that handles a secret badly.
func leaky(ctx context.Context, _ any) (any, error) {
	v, err := secret.Get(ctx, "shop")
	if err != nil {
		return nil, err
	}
	task := flow.TaskFrom(ctx)
	task.Log().Info("token", "value", v, "all", []any{v})
	if err := task.Set("token", v); err == nil {
		return nil, fmt.Errorf("a secret was stored")
	}
	return nil, fmt.Errorf("refused %s", v.Reveal())
}

func TestSecretsOfABlueprint(t *testing.T) {
	t.Parallel()
	b, err := flow.ParseBlueprint([]byte(`{"id":"b","nodes":[
		{"id":"a","uses":"http","params":{"url":"input","headers":{"A":{"secret":"a#f","prefix":"x"},"B":"'secret'","C":{"secret":"no name"}},"basicAuth":{"password":{"secret":"ssm:/b"}}}},
		{"id":"b","uses":"mine","params":{"headers":{"A":{"secret":"other"}}}}, {"id":"c","uses":"http"}, {"id":"d","uses":"http","params":{"secret":"text"}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(httpnode.Secrets(b)); got != "[ssm:/b a#f]" {
		t.Errorf("secrets %s", got)
	}
}

func TestSecretsAreValidated(t *testing.T) {
	t.Parallel()
	b := `{"id":"b","nodes":[{"id":"n","uses":"http","params":{"url":"input","headers":{"A":{},"B":{"secret":"a b","name":1},"C":7,"D":{"secret":"a","prefix":"x\n"},"E":null,"F":{"secret":"a"}}}}]}`
	_, err := flow.CheckBlueprint([]byte(b), flow.Registry{httpnode.Name: httpnode.New(local)})
	for _, want := range []string{
		`headers.A.secret ("n"): INVALID_FIELD: it is missing`, `headers.B.secret ("n"): INVALID_FIELD: it must be the name of a secret`, `headers.B.name ("n"): UNKNOWN_FIELD`,
		`headers.C ("n"): INVALID_FIELD: it must be an expression, as a string, or a secret`, `headers.D.prefix ("n"): INVALID_FIELD: it has control characters`, `headers.E ("n"): INVALID_FIELD`,
		"6 faults",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %v", want, err)
		}
	}
}
