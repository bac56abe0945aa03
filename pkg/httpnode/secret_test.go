package httpnode_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
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

// apiKey is a secret that looks different in a URL, in JSON and in base64.
const apiKey = `s3cret+/"key=%`

// traceOf returns the part of a text that has the secret in it, as it is or encoded, alone
// or behind a user's name; "" if there is none.
func traceOf(text string) string {
	encode := base64.StdEncoding.EncodeToString
	forms := []string{"s3cret", "key=%", url.QueryEscape(apiKey), fmt.Sprintf("%x", apiKey)}
	for _, user := range []string{"", "a:", "ab:", "abc:"} {
		basic := encode([]byte(user + apiKey))
		forms = append(forms, basic[len(user)*4/3+1:len(basic)-6])
	}
	for _, form := range forms {
		if at := strings.Index(text, form); at >= 0 {
			return text[max(0, at-200):min(len(text), at+40)]
		}
	}
	return ""
}

// secretParams are the params with the secret in each place that takes one.
func secretParams(user string) map[string]map[string]any {
	key := map[string]string{"secret": "shop"}
	return map[string]map[string]any{
		"header": {"headers": authorized("shop")},
		"basic":  {"basicAuth": map[string]any{"user": "'" + user + "'", "password": key}},
		"form":   {"method": "POST", "form": map[string]any{"key": key, "a": "'1'"}},
	}
}

// A secret is looked for everywhere after a run that has used it: in the store, the
// messages, the log at its finest, the events and the report, whether the run ends
// well, fails, is sent elsewhere, or is answered with the request itself.
func TestSecretLeavesNoTrace(t *testing.T) {
	t.Parallel()
	other := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		if body, err := io.ReadAll(r.Body); traceOf(fmt.Sprint(r.Header)+r.URL.String()+string(body)) != "" || err != nil {
			t.Errorf("the secret goes to another origin: %v %s", r.Header, body)
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
			fmt.Fprintf(w, "unknown key %s", r.Header)
		case "/echo":
			w.Header().Set("X-Echo", r.Header.Get("Authorization"))
			w.Header().Set("Content-Type", "application/json")
			user, password, _ := r.BasicAuth()
			_ = json.NewEncoder(w).Encode(map[string]any{"headers": r.Header, "form": r.PostFormValue("key"), "user": user, "password": password, "query": r.PostForm.Encode()})
		case "/text":
			fmt.Fprintf(w, "%v %q %s", r.Header, r.PostFormValue("key"), r.PostForm.Encode())
		case "/bad-json":
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprintf(w, "{%v %s", r.Header, r.PostFormValue("key"))
		}
	})
	gone := httptest.NewServer(nil)
	gone.Close()
	urls := []string{gone.URL}
	for _, path := range []string{"/ok", "/fail", "/away", "/broken", "/echo", "/text", "/bad-json"} {
		urls = append(urls, s.URL+path)
	}
	for _, at := range urls {
		for place, params := range secretParams("user") {
			t.Run(place+" "+at[strings.LastIndexByte(at, ':')+1:], func(t *testing.T) {
				params["url"] = quoted(at)
				looksForSecret(t, requesting(t, params))
			})
		}
	}
	if used := fmt.Sprint(s.All()); !strings.Contains(used, apiKey) || !strings.Contains(used, url.QueryEscape(apiKey)) {
		t.Errorf("the secret was not used: %s", used)
	}
}

// looksForSecret runs a blueprint with the secret, and then code that handles it badly in
// every way.
func looksForSecret(t *testing.T, b *flow.Blueprint) {
	t.Helper()
	for _, code := range []string{"error", "panic", "encoded", "output"} {
		b.Nodes = append(b.Nodes[:1], flow.Node{ID: "code", Uses: "code"})
		var traces bytes.Buffer
		store, queue := memory.NewStore(), memory.NewQueue()
		worker, err := engine.New(store, spy{queue, &traces}, flow.Registry{httpnode.Name: httpnode.New(local), "code": flow.Func(leaky[code])}, engine.Config{
			Strands:    1, // traces has no lock
			Blueprints: []*flow.Blueprint{b}, Now: queue.Now, Logger: slog.New(slog.NewJSONHandler(&traces, &slog.HandlerOptions{Level: slog.LevelDebug})),
			Events:     func(e flow.Event) { fmt.Fprintf(&traces, "%+v %#v\n", e, e) },
			Middleware: []flow.Middleware{secret.Middleware(secret.NewCache(secret.Given{"shop": apiKey}, nil))},
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
			t.Errorf("%s: the store is not in the dump", code)
		}
		if trace := traceOf(traces.String()); trace != "" {
			t.Errorf("code %s: the secret is in …%s…", code, trace)
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

// leaky is code that handles a secret badly, by its way.
var leaky = map[string]func(ctx context.Context, _ any) (any, error){
	"error": func(ctx context.Context, _ any) (any, error) {
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
	},
	"panic": func(ctx context.Context, _ any) (any, error) {
		panic("no access with " + revealed(ctx))
	},
	"encoded": func(ctx context.Context, _ any) (any, error) {
		return nil, fmt.Errorf("GET /v1?key=%s: Basic %s", url.QueryEscape(revealed(ctx)), base64.StdEncoding.EncodeToString([]byte("me:"+revealed(ctx))))
	},
	"output": func(ctx context.Context, _ any) (any, error) {
		return map[string]any{"token": revealed(ctx), "header": fmt.Sprintf("%q", revealed(ctx))}, nil
	},
}

func revealed(ctx context.Context) string {
	v, _ := secret.Get(ctx, "shop") // there is one
	return v.Reveal()
}
