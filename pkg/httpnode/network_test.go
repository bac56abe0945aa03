package httpnode_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/client"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/memory"
	"github.com/flowcraft-go/flowcraft/pkg/httpnode"
)

// An address that is not public is refused before anything is sent, however it was
// reached.
func TestRefusedAddresses(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(http.ResponseWriter, *http.Request) {})
	_, port, err := net.SplitHostPort(s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{
		"127.0.0.1", "localhost", "127.1.2.3", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254", "224.0.0.1", "255.255.255.255",
		"[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:a9fe:a9fe]", "[64:ff9b::127.0.0.1]", "[64:ff9b::a9fe:a9fe]", "[fd00:ec2::254]", "[fe80::1]", "[ff02::1]", "[2002:7f00:1::]", "[::127.0.0.1]",
	} {
		t.Run(host, func(t *testing.T) {
			t.Parallel()
			run := request(t, httpnode.Config{}, map[string]any{"url": quoted("http://" + host + ":" + port + "/?s3cret")}, 2, nil)
			if got := failure(run); !strings.HasPrefix(got, "http_refused: GET http://"+host+":"+port+": ") || strings.Contains(got, "s3cret") || run.Error.Attempt != 1 {
				t.Errorf("%s, want http_refused at the first attempt", got)
			}
		})
	}
	t.Cleanup(func() {
		if got := s.All(); len(got) > 0 {
			t.Errorf("the server has got %v", got)
		}
	})
}

// An allowed network permits itself and no other.
func TestAllowedNetworks(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(http.ResponseWriter, *http.Request) {})
	for network, code := range map[string]string{
		"127.0.0.1/32": "", "127.0.0.0/8": "", "10.0.0.0/8": httpnode.CodeRefused, "127.0.0.2/32": httpnode.CodeRefused, "::/0": httpnode.CodeRefused,
	} {
		run := request(t, httpnode.Config{AllowPrivate: []netip.Prefix{netip.MustParsePrefix(network)}}, map[string]any{"url": quoted(s.URL)}, 1, nil)
		if got, _, _ := strings.Cut(failure(run), ":"); got != code {
			t.Errorf("with %s: %s, want %q", network, failure(run), code)
		}
	}
}

func TestRedirects(t *testing.T) {
	t.Parallel()
	other := newSite(t, func(http.ResponseWriter, *http.Request) {})
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		switch place, to, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/"); place {
		case "loop":
			http.Redirect(w, r, r.URL.Path, http.StatusFound)
		case "there":
		default:
			var status int
			if _, err := fmt.Sscan(place, &status); err != nil {
				t.Errorf("place %q: %v", place, err)
			}
			w.Header().Set("Location", map[string]string{
				"here": "/there?again=1", "other": other.URL + "/there", "private": "http://127.0.0.2" + r.Host[strings.Index(r.Host, ":"):] + "/there",
				"name": "http://localhost" + r.Host[strings.Index(r.Host, ":"):] + "/there", "file": "file:///etc/passwd", "user": "http://a:s3cret@" + r.Host, "broken": "http://%zz/?s3cret",
			}[to])
			w.WriteHeader(status)
		}
	})
	params := func(path, method string) map[string]any {
		p := map[string]any{"url": quoted(s.URL + path), "headers": map[string]string{"Authorization": "token", "X-Api-Key": "token"}, "method": method}
		if method != "GET" && path != "/307/other" || method == "POST" {
			p["body"] = "{a: 1}"
		}
		return p
	}
	for name, test := range map[string]struct {
		path, method string
		want         string // the last request, or the failure
		credentials  bool   // sent with it
	}{
		"302_to_itself":          {"/302/here", "GET", "GET /there?again=1 ", true},
		"302_of_a_post":          {"/302/here", "POST", "GET /there?again=1 ", true},
		"307_of_a_post":          {"/307/here", "POST", `POST /there?again=1 {"a":1}`, true},
		"301_of_a_put":           {"/301/here", "PUT", `PUT /there?again=1 {"a":1}`, true},
		"303_of_a_delete":        {"/303/here", "DELETE", "GET /there?again=1 ", true},
		"303_to_another_host":    {"/303/other", "POST", "GET /there ", false},
		"308_to_another_host":    {"/308/other", "PUT", "http_redirect: PUT URL: it is redirected to another origin, to which its body is not sent", false},
		"307_to_another_host":    {"/307/other", "POST", "http_redirect: POST URL: it is redirected to another origin, to which its body is not sent", false},
		"302_of_a_put_elsewhere": {"/302/other", "PUT", "http_redirect: PUT URL: it is redirected to another origin, to which its body is not sent", false},
		"307_without_a_body":     {"/307/other", "DELETE", "DELETE /there ", false},
		"without_end":            {"/loop", "GET", "http_redirect: GET URL: it is redirected more than 5 times", false},
		"to_a_private_address":   {"/302/private", "GET", "http_refused: GET http://127.0.0.2:PORT: 127.0.0.2 is not on the public internet, and FLOW_HTTP_ALLOW_PRIVATE does not name its network", false},
		"to_another_scheme":      {"/301/file", "GET", "http_redirect: GET URL: the URL that it is redirected to: it must begin with http:// or https:// and a host", false},
		"to_a_url_with_a_user":   {"/301/user", "GET", "http_redirect: GET URL: the URL that it is redirected to: it has a user name in it: send credentials in a header", false},
		"to_an_invalid_url":      {"/301/broken", "GET", "http_redirect: GET URL: it is redirected to an invalid URL", false},
		"to_a_name_of_this_host": {"/302/name", "GET", "GET /there ", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			marked := params(test.path, test.method)
			marked["headers"].(map[string]string)["Accept"] = quoted(name) // distinguishes the requests of this test
			run := request(t, local, marked, 1, nil)
			got := failure(run)
			var last seen
			for _, r := range append(s.All(), other.All()...) {
				if r.header.Get("Accept") == name {
					last = r
				}
			}
			if run.Error == nil {
				got = last.method + " " + last.path + " " + last.body
			}
			want := strings.NewReplacer("URL:", s.URL+":", "PORT", s.URL[strings.LastIndex(s.URL, ":")+1:]).Replace(test.want)
			if got != want {
				t.Errorf("got %s, want %s", got, want)
			}
			if sent := last.header.Get("Authorization") == "s3cret" && last.header.Get("X-Api-Key") == "s3cret"; run.Error == nil && sent != test.credentials {
				t.Errorf("credentials sent = %t, want %t: %v", sent, test.credentials, last.header)
			}
			if key := last.header.Get("Idempotency-Key"); run.Error == nil && (key != "") != (last.method != "GET" && test.credentials) {
				t.Errorf("%s with the key %q", last.method, key)
			}
			if last.header.Get("Referer") != "" {
				t.Errorf("the previous URL is sent: %s", last.header.Get("Referer"))
			}
		})
	}
}

func TestRedirects_are_counted(t *testing.T) {
	t.Parallel()
	var s *site
	s = newSite(t, func(w http.ResponseWriter, r *http.Request) {
		if len(s.All()) <= 5 {
			http.Redirect(w, r, "/", http.StatusFound)
		}
	})
	if run := request(t, local, map[string]any{"url": quoted(s.URL)}, 1, nil); run.Status != flow.Completed || len(s.All()) != 6 {
		t.Errorf("%s after %d requests, want a result after 5 redirects", failure(run), len(s.All()))
	}
	endless := newSite(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/", http.StatusFound) })
	if request(t, local, map[string]any{"url": quoted(endless.URL)}, 2, nil); len(endless.All()) != 6 {
		t.Errorf("%d requests, want 1 and 5 redirects, in one attempt", len(endless.All()))
	}
}

// Credentials are not sent again after a redirect back to their origin.
func TestCredentialsAreNotSentAgain(t *testing.T) {
	t.Parallel()
	var first *site
	other := newSite(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, first.URL+"/back", http.StatusFound) })
	first = newSite(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/back" {
			http.Redirect(w, r, other.URL, http.StatusFound)
		}
	})
	request(t, local, map[string]any{"url": quoted(first.URL), "headers": map[string]string{"X-Api-Key": "token"}}, 1, nil)
	got := first.All()
	if len(got) != 2 || got[0].header.Get("X-Api-Key") != "s3cret" || got[1].header.Get("X-Api-Key") != "" {
		t.Errorf("requests: %+v", got)
	}
}

// A proxy of the environment is not used: it would dial any address.
func TestNoProxy(t *testing.T) {
	proxy := newSite(t, func(http.ResponseWriter, *http.Request) {})
	for _, name := range []string{"HTTP_PROXY", "http_proxy"} {
		t.Setenv(name, proxy.URL)
	}
	run := request(t, local, map[string]any{"url": "'http://shop.invalid/'"}, 1, nil)
	if got := failure(run); !strings.HasPrefix(got, "http_error: GET http://shop.invalid: look up the host: ") || len(proxy.All()) > 0 {
		t.Errorf("%s, %d requests through the proxy", got, len(proxy.All()))
	}
}

// A connection without an answer is retried, each attempt once, and the error says
// why without quoting anything.
func TestNoAnswer(t *testing.T) {
	t.Parallel()
	drop := newSite(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_ = conn.Close() // that is the test
	})
	babble := newSite(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = io.WriteString(conn, "s3cret\r\n\r\n")
		_ = conn.Close()
	})
	short := newSite(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, "s3cret")
	})
	gone := httptest.NewServer(nil)
	gone.Close()
	secure := httptest.NewTLSServer(nil)
	secure.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	t.Cleanup(secure.Close)
	for name, test := range map[string]struct {
		url, want string
		site      *site
	}{
		"closed":                 {drop.URL, "EOF", drop},
		"no_http":                {babble.URL, "the connection broke, or the answer is not HTTP", babble},
		"half_a_body":            {short.URL, "unexpected EOF", short},
		"nobody_there":           {gone.URL, "connection refused", nil},
		"unknown_certificate":    {secure.URL, "tls: failed to verify certificate: x509: certificate signed by unknown authority", nil},
		"http_where_tls_is_due":  {strings.Replace(secure.URL, "https", "http", 1), "", nil},
		"tls_where_http_is_due":  {strings.Replace(drop.URL, "http", "https", 1), "tls: first record does not look like a TLS handshake", nil},
		"a_name_without_address": {"http://shop.invalid", "look up the host: ", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run := request(t, local, map[string]any{"url": quoted(test.url + "/?s3cret"), "method": "POST", "body": "'s3cret'"}, 2, nil)
			want := "http_error: POST " + test.url + ": " + test.want
			if test.want == "" {
				want = "http_400: " // the server's own answer
			}
			got := failure(run)
			if !strings.HasPrefix(got, want) || strings.Contains(got, "s3cret") {
				t.Errorf("%s, want %s", got, want)
			}
			if test.site != nil && name != "tls_where_http_is_due" && len(test.site.All()) != 2 {
				t.Errorf("%d requests in 2 attempts", len(test.site.All()))
			}
		})
	}
}

// The node's timeout ends the request.
func TestTimeout(t *testing.T) {
	t.Parallel()
	ended := make(chan struct{})
	s := newSite(t, func(_ http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		close(ended)
	})
	b, err := flow.ParseBlueprint(fmt.Appendf(nil, `{"id":"b","nodes":[{"id":"n","uses":"http","params":{"url":"'%s/?s3cret'"},"config":{"timeout":100}}]}`, s.URL))
	if err != nil {
		t.Fatal(err)
	}
	run, _ := memory.Run(t.Context(), b, flow.Registry{httpnode.Name: httpnode.New(local)}, nil)
	if got := failure(run); !strings.HasPrefix(got, "timeout: timed out after 100ms") || strings.Contains(got, "s3cret") {
		t.Errorf("%s, want a timeout", got)
	}
	<-ended
}

// The log of a run contains nothing of its requests and responses.
func TestLog(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Set-Cookie", "s3cret")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, "s3cret")
	})
	var log lockedBuilder
	store, queue := memory.NewStore(), memory.NewQueue()
	b := &flow.Blueprint{ID: "b", Nodes: []flow.Node{{ID: "n", Uses: "http", Params: json.RawMessage(
		fmt.Sprintf(`{"url":"'%s/?' + input","headers":{"Authorization":"input"},"body":"input"}`, s.URL))}}}
	worker, err := engine.New(store, queue, flow.Registry{httpnode.Name: httpnode.New(local)}, engine.Config{
		Blueprints: []*flow.Blueprint{b}, Now: queue.Now, Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.New(queue, nil).Start(t.Context(), "b", "s3cret"); err != nil {
		t.Fatal(err)
	}
	if err := queue.Drain(t.Context(), worker); err != nil {
		t.Fatal(err)
	}
	if text := log.String(); !strings.Contains(text, "503 Service Unavailable") || strings.Contains(text, "s3cret") {
		t.Errorf("log:\n%s", text)
	}
}

type lockedBuilder struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lockedBuilder) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuilder) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
