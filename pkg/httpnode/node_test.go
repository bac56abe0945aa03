package httpnode_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/internal/recordtest"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/flowtest"
	"github.com/flowcraft-go/flowcraft/pkg/httpnode"
)

// seen is a request as received.
type seen struct {
	method, path, body string
	header             http.Header
	last               bool // on its connection
}

// site is a server on 127.0.0.1 that records its requests.
type site = recordtest.Server[seen]

func newSite(t *testing.T, answer http.HandlerFunc) *site {
	t.Helper()
	return recordtest.New(t, func(r *http.Request, body string) seen {
		return seen{r.Method, r.URL.RequestURI(), body, r.Header, r.Close}
	}, answer)
}

// local allows requests to the test server, and not to all of loopback.
var local = httpnode.Config{AllowPrivate: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}

// request runs a blueprint of one node "n" between the node that sets its context and
// its edge, with the given attempts and a delay of a second between them.
func request(t *testing.T, config httpnode.Config, params map[string]any, attempts int, input any) *flow.Report {
	t.Helper()
	text, err := json.Marshal(params)
	if err != nil {
		t.Fatal(err)
	}
	b := &flow.Blueprint{ID: "b", Nodes: []flow.Node{
		{ID: "keep", Uses: "set", Params: json.RawMessage(`{"values":{"token":"'s3cret'"}}`)},
		{ID: "n", Uses: httpnode.Name, Params: text, Config: flow.NodeConfig{MaxRetries: attempts, RetryDelay: time.Second, Timeout: 10 * time.Second}},
		{ID: "taken", Uses: "pass"},
	}, Edges: []flow.Edge{{Source: "keep", Target: "n"}, {Source: "n", Target: "taken", Action: "go"}}}
	return flowtest.Run(t, b, flow.Registry{httpnode.Name: httpnode.New(config)}, input)
}

func quoted(url string) string { return "'" + url + "'" }

// failure returns "code: message" of a failed run, or "".
func failure(run *flow.Report) string {
	if run.Error == nil {
		return ""
	}
	return run.Error.Code + ": " + run.Error.Message
}

func TestRequest(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		params map[string]any // url is the path
		want   seen           // header: those that matter; "" is absent
	}{
		"get": {
			map[string]any{"url": "/items/' + input.id + '?q=1"},
			seen{"GET", "/items/7?q=1", "", http.Header{"Idempotency-Key": {""}, "Content-Type": {""}, "User-Agent": {"flowcraft-go"}}, true},
		},
		"headers": {
			map[string]any{"url": "/", "headers": map[string]any{"authorization": "'Bearer ' + token", "X-N": "input.id", "X-Null": "null", "X-True": "true"}},
			seen{"GET", "/", "", http.Header{"Authorization": {"Bearer s3cret"}, "X-N": {"7"}, "X-True": {"true"}, "X-Null": {""}}, true},
		},
		"json_body": {
			map[string]any{"url": "/", "body": "{id: input.id, big: input.big}"},
			seen{"POST", "/", `{"id":7,"big":9007199254740993}`, http.Header{"Content-Type": {"application/json"}, "Idempotency-Key": {"RUN/n"}}, true},
		},
		"text_body": {
			map[string]any{"url": "/", "method": "PUT", "body": "'a=' + input.id", "headers": map[string]any{"Content-Type": "'application/x-www-form-urlencoded'"}},
			seen{"PUT", "/", `a=7`, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Idempotency-Key": {"RUN/n"}}, true},
		},
		"no_body": {
			map[string]any{"url": "/", "method": "DELETE"},
			seen{"DELETE", "/", "", http.Header{"Content-Type": {""}, "Idempotency-Key": {"RUN/n"}}, true},
		},
		"null_body": {
			map[string]any{"url": "/", "method": "PATCH", "body": "input.missing"},
			seen{"PATCH", "/", "", http.Header{"Content-Type": {""}}, true},
		},
		"body_without_type": {
			map[string]any{"url": "/", "body": "1", "headers": map[string]any{"Content-Type": "null"}},
			seen{"POST", "/", "1", http.Header{"Content-Type": {""}}, true},
		},
		"key_of_its_own": {
			map[string]any{"url": "/", "method": "POST", "headers": map[string]any{"idempotency-key": "'mine'"}},
			seen{"POST", "/", "", http.Header{"Idempotency-Key": {"mine"}}, true},
		},
		"no_key": {
			map[string]any{"url": "/", "method": "POST", "headers": map[string]any{"Idempotency-Key": "null"}},
			seen{"POST", "/", "", http.Header{"Idempotency-Key": {""}}, true},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, func(http.ResponseWriter, *http.Request) {})
			test.params["url"] = quoted(s.URL + test.params["url"].(string))
			run := request(t, local, test.params, 1, json.RawMessage(`{"id":7,"big":9007199254740993}`))
			got := s.All()
			if run.Status != flow.Completed || len(got) != 1 {
				t.Fatalf("%s %s, %d requests", run.Status, failure(run), len(got))
			}
			if got[0].method != test.want.method || got[0].path != test.want.path || got[0].body != test.want.body || got[0].last != test.want.last {
				t.Errorf("request %+v, want %+v", got[0], test.want)
			}
			for key, values := range test.want.header {
				if want := strings.Replace(values[0], "RUN", run.RunID, 1); got[0].header.Get(key) != want {
					t.Errorf("%s = %q, want %q", key, got[0].header.Get(key), want)
				}
			}
		})
	}
}

func TestOutput(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		kind, body string
		decode     any
		want       string // of the output, without its headers, or the failure
	}{
		"json":             {"application/json; charset=utf-8", `{"n": 12345678901234567890.10}`, nil, `{"status":201,"headers":{},"body":{"n":12345678901234567890.10}}`},
		"json_of_a_kind":   {"application/problem+json", `[]`, nil, `{"status":201,"headers":{},"body":[]}`},
		"json_with_a_mark": {"application/json", "\uFEFF{\"a\":1}\r\n", nil, `{"status":201,"headers":{},"body":{"a":1}}`},
		"mark_alone":       {"application/json", "\uFEFF", nil, `{"status":201,"headers":{},"body":null}`},
		"text":             {"text/html", `<b>`, nil, `{"status":201,"headers":{},"body":"<b>"}`},
		"json_as_text":     {"text/plain", `{}`, nil, `{"status":201,"headers":{},"body":"{}"}`},
		"nothing":          {"application/json", ``, nil, `{"status":201,"headers":{},"body":null}`},
		"binary":           {"application/octet-stream", "a\xff", nil, `{"status":201,"headers":{},"body":null,"bodyBase64":"Yf8="}`},

		"text_asked_for":   {"application/json", `{"n":`, "text", `{"status":201,"headers":{},"body":"{\"n\":"}`},
		"binary_asked_for": {"application/json", "{\"a\":\"\xff\"}", "text", `{"status":201,"headers":{},"body":null,"bodyBase64":"eyJhIjoi/yJ9"}`},

		"cut_off":      {"application/json", `{"n":`, nil, `http_body: GET URL: the body of the answer is not valid JSON, as its type says: the fault is at byte 5`},
		"not_a_number": {"application/json;charset=UTF-8", `{"total":NaN}`, nil, `http_body: GET URL: the body of the answer is not valid JSON, as its type says: the fault is at byte 10`},
		"html":         {"application/json", `<html>s3cret</html>`, nil, `http_body: GET URL: the body of the answer is not valid JSON, as its type says: the fault is at byte 1`},
		"text_after":   {"application/vnd.api+json", `{} {}`, nil, `http_body: GET URL: the body of the answer is not valid JSON, as its type says: the fault is at byte 4`},
		"lines":        {"application/json", "{}\n{}", nil, `http_body: GET URL: the body of the answer is not valid JSON, as its type says: the fault is at byte 4`},
		"spaces_alone": {"application/json", "  ", nil, `http_body: GET URL: the body of the answer is not valid JSON, as its type says: the fault is at byte 2`},
		"no_utf8":      {"application/json", "{\"a\":\"s3cret \xff\"}", nil, `http_body: GET URL: the body of the answer is not valid JSON, as its type says: it is not UTF-8`},
		"two_marks":    {"application/json", "\uFEFF\uFEFF1", nil, `http_body: GET URL: the body of the answer is not valid JSON, as its type says: the fault is at byte 1`},
		"utf16":        {"application/json; charset=utf-16", "\xff\xfe1\x00", nil, `http_body: GET URL: the body of the answer is not valid JSON, as its type says: it is not UTF-8`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", test.kind)
				w.Header()["X-Two"] = []string{"a", "b"}
				w.WriteHeader(http.StatusCreated)
				_, _ = io.WriteString(w, test.body) // the client says if it got it
			})
			run := request(t, local, map[string]any{"url": quoted(s.URL), "decode": test.decode}, 2, nil)
			if strings.HasPrefix(test.want, "http_body") {
				if want := strings.Replace(test.want, "URL", s.URL, 1); failure(run) != want || len(s.All()) != 2 {
					t.Errorf("%s after %d requests, want %s after 2", failure(run), len(s.All()), want)
				}
				return
			}
			var output map[string]json.RawMessage
			if err := json.Unmarshal(run.Outputs["n"], &output); err != nil {
				t.Fatalf("%s: output %s: %v", failure(run), run.Outputs["n"], err)
			}
			var headers map[string]string
			if err := json.Unmarshal(output["headers"], &headers); err != nil || headers["x-two"] != "a, b" || headers["content-type"] != test.kind {
				t.Errorf("headers %s, error %v", output["headers"], err)
			}
			if got := strings.Replace(string(run.Outputs["n"]), string(output["headers"]), "{}", 1); got != test.want {
				t.Errorf("output %s, want %s", got, test.want)
			}
		})
	}
}

// A cookie may have a comma in it: they come as a list, also if there is one.
func TestCookiesAreAList(t *testing.T) {
	t.Parallel()
	for _, cookies := range [][]string{{"a=1; Expires=Fri, 01 May 2026 12:00:00 GMT", "b=2"}, {"a=1"}} {
		s := newSite(t, func(w http.ResponseWriter, _ *http.Request) { w.Header()["Set-Cookie"] = cookies })
		run := request(t, local, map[string]any{"url": quoted(s.URL)}, 1, nil)
		var output struct {
			Headers struct {
				Cookies []string `json:"set-cookie"`
			}
		}
		if err := json.Unmarshal(run.Outputs["n"], &output); err != nil || !slices.Equal(output.Headers.Cookies, cookies) {
			t.Errorf("cookies %q, error %v, want %q", output.Headers.Cookies, err, cookies)
		}
	}
}

// Answers without a body are results, whatever type they name.
func TestAnswersWithoutABody(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.Method == http.MethodHead {
			w.Header().Set("Content-Length", "12")
		} else {
			w.WriteHeader(http.StatusNoContent)
		}
	})
	for _, method := range []string{"HEAD", "DELETE"} {
		run := request(t, local, map[string]any{"url": quoted(s.URL), "method": method}, 1, nil)
		if run.Error != nil || !strings.Contains(string(run.Outputs["n"]), `"body":null`) {
			t.Errorf("%s: %s %s", method, failure(run), run.Outputs["n"])
		}
	}
}

func TestStatus(t *testing.T) {
	t.Parallel()
	named := map[string]string{"404": "go", "4xx": "other", "503": "go", "302": "go"}
	for name, test := range map[string]struct {
		status   int
		actions  map[string]string
		code     string // "": a result
		requests int    // of 2 attempts
		taken    bool   // the edge with action "go"
	}{
		"200":           {200, nil, "", 1, false},
		"204":           {204, nil, "", 1, false},
		"201_named":     {201, map[string]string{"2xx": "go"}, "", 1, true},
		"404":           {404, nil, "http_404", 1, false},
		"404_named":     {404, named, "", 1, true},
		"409_of_class":  {409, named, "", 1, false},
		"408":           {408, nil, "http_408", 2, false},
		"429":           {429, nil, "http_429", 2, false},
		"500":           {500, named, "http_500", 2, false},
		"503":           {503, nil, "http_503", 2, false},
		"503_named":     {503, named, "", 1, true},
		"302_nowhere":   {302, nil, "http_302", 1, false},
		"302_named":     {302, named, "", 1, true},
		"304":           {304, nil, "http_304", 1, false},
		"599_is_no_use": {599, nil, "http_599", 2, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, func(w http.ResponseWriter, _ *http.Request) {
				if test.actions["302"] != "" {
					w.Header().Set("Location", "/elsewhere")
				}
				w.WriteHeader(test.status)
			})
			params := map[string]any{"url": quoted(s.URL + "/path?token=s3cret")}
			if test.actions != nil {
				params["actions"] = test.actions
			}
			run := request(t, local, params, 2, nil)
			code := ""
			if run.Error != nil {
				code = run.Error.Code
			}
			if _, taken := run.Outputs["taken"]; code != test.code || taken != test.taken || len(s.All()) != test.requests {
				t.Errorf("code %q, edge taken %t, %d requests, want %q, %t, %d", code, taken, len(s.All()), test.code, test.taken, test.requests)
			}
			if want := fmt.Sprintf("GET %s: %d %s", s.URL, test.status, http.StatusText(test.status)); run.Error != nil && run.Error.Message != want {
				t.Errorf("message %q, want %q", run.Error.Message, want)
			}
		})
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	for header, want := range map[string]time.Duration{
		"120":                           2 * time.Minute,
		"Fri, 01 May 2026 12:01:30 GMT": 90 * time.Second,
		"86400":                         15 * time.Minute,
		"0":                             time.Second, // that of the node
		"soon":                          time.Second,
		"Fri, 01 May 2026 11:00:00 GMT": time.Second,
	} {
		t.Run(strings.ReplaceAll(header, " ", "_"), func(t *testing.T) {
			t.Parallel()
			s := newSite(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", header)
				w.WriteHeader(http.StatusTooManyRequests)
			})
			config := local
			config.Now = func() time.Time { return now }
			run := request(t, config, map[string]any{"url": quoted(s.URL)}, 2, nil)
			// The clock of the run is the queue's, which skips delays.
			if waited := run.Node("n").FinishedAt.Sub(*run.Node("n").StartedAt).Truncate(time.Second); waited != want {
				t.Errorf("the second attempt came after %s, want %s", waited, want)
			}
		})
	}
}

func TestLimitOfTheBody(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, strings.Repeat("x", 100)+r.URL.Query().Get("more")) // the client says if it got it
	})
	config := local
	config.MaxBody = 100
	if run := request(t, config, map[string]any{"url": quoted(s.URL)}, 1, nil); run.Status != flow.Completed {
		t.Errorf("100 bytes: %s", failure(run))
	}
	run := request(t, config, map[string]any{"url": quoted(s.URL + "/?more=x")}, 2, nil)
	if want := "value_too_large: GET " + s.URL + ": the body of the answer has more than 100 bytes, which is the limit (FLOW_MAX_VALUE)"; failure(run) != want || run.Error.Attempt != 1 {
		t.Errorf("101 bytes: %s, want %s", failure(run), want)
	}
}

// The key of the blueprint's own is sent, in a form that a header can carry.
func TestIdempotencyKeyOfTheBlueprint(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	params, err := json.Marshal(map[string]any{"url": s.URL, "method": "POST"})
	if err != nil {
		t.Fatal(err)
	}
	b := &flow.Blueprint{ID: "b", Nodes: []flow.Node{{ID: "n", Uses: httpnode.Name, Params: params, Config: flow.NodeConfig{MaxRetries: 2, IdempotencyKey: "'charge é ' + input.id"}}}}
	flowtest.Run(t, b, flow.Registry{httpnode.Name: httpnode.New(local)}, map[string]int{"id": 7})
	for i, got := range s.All() {
		if key := got.header.Get("Idempotency-Key"); key != "charge%20%C3%A9%207" || len(s.All()) != 2 {
			t.Errorf("request %d of %d: key %q", i, len(s.All()), key)
		}
	}
}

// Values that do not make a valid request are permanent failures that do not quote
// them.
func TestValuesThatMakeNoRequest(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		params map[string]any
		want   string
	}{
		"number_as_url":   {map[string]any{"url": "7"}, "the value of params.url is a number: it must be a string"},
		"null_as_url":     {map[string]any{"url": "context.missing"}, "the value of params.url: it must begin with http:// or https:// and a host"},
		"another_scheme":  {map[string]any{"url": "'file:///s3cret'"}, "the value of params.url: it must begin with http:// or https:// and a host"},
		"no_host":         {map[string]any{"url": "'http:///s3cret'"}, "the value of params.url: it must begin with http:// or https:// and a host"},
		"no_url":          {map[string]any{"url": "'http://[zz/?s3cret'"}, "the value of params.url: it is not a URL"},
		"user":            {map[string]any{"url": "'http://ada:s3cret@example.com'"}, "the value of params.url: it has a user name in it: send credentials in a header"},
		"array_as_header": {map[string]any{"url": "'http://127.0.0.1:1'", "headers": map[string]string{"X-A": "[token]"}}, "the value of header X-A must be a string, a number, a boolean or null, and have no control characters"},
		"line_in_header":  {map[string]any{"url": "'http://127.0.0.1:1'", "headers": map[string]string{"X-A": `token + "\r\nX-B: 1"`}}, "the value of header X-A must be a string, a number, a boolean or null, and have no control characters"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run := request(t, local, test.params, 2, nil)
			if failure(run) != "expression: "+test.want || run.Error.Attempt != 1 {
				t.Errorf("%s, want expression: %s, at the first attempt", failure(run), test.want)
			}
		})
	}
}

func TestParams(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		params string
		want   []string
	}{
		"all":                 {`{"url":"input","method":"POST","headers":{"A":"1"},"body":"input","actions":{"404":"a","5xx":"b"}}`, nil},
		"none":                {`null`, []string{"INVALID_FIELD url"}},
		"unknown":             {`{"url":"input","header":{},"timeout":1}`, []string{"UNKNOWN_FIELD header", "UNKNOWN_FIELD timeout"}},
		"template":            {`{"url":"https://example.com/{a}/{{b}}","path":{"a":"1"},"query":{"q":"1"},"form":{"a":"1"},"basicAuth":{"user":"1","password":"2"},"decode":"text"}`, nil},
		"faults_once":         {`{"url":"https://example.com/","path":1,"headers":1,"basicAuth":1}`, []string{"INVALID_FIELD path", "INVALID_FIELD headers", "INVALID_FIELD basicAuth"}},
		"no_expression":       {`{"url":"https://example.com/{a}/{b}","path":{"b":"1"}}`, []string{"INVALID_FIELD path.a"}},
		"no_placeholder":      {`{"url":"https://example.com/{a}","path":{"a":"1","b":"1"}}`, []string{"INVALID_FIELD path.b"}},
		"path_of_no_template": {`{"url":"'https://example.com/{a}'","path":{"a":"1"}}`, []string{"INVALID_FIELD path"}},
		"open_brace":          {`{"url":"https://example.com/{a","path":{"a":"1"}}`, []string{"INVALID_FIELD url"}},
		"closing_brace":       {`{"url":"https://example.com/a}"}`, []string{"INVALID_FIELD url"}},
		"nameless":            {`{"url":"https://example.com/{}","query":{"":"1"},"form":{"":"1"}}`, []string{"INVALID_FIELD url", `INVALID_FIELD form[""]`, `INVALID_FIELD query[""]`}},
		"in_the_host":         {`{"url":"https://{a}.example.com/","path":{"a":"1"}}`, []string{"INVALID_FIELD url"}},
		"in_the_query":        {`{"url":"https://example.com/?q={a}","path":{"a":"1"}}`, []string{"INVALID_FIELD url"}},
		"no_url":              {`{"url":"https://example.com/a b"}`, []string{"INVALID_FIELD url"}},
		"no_host":             {`{"url":"https://"}`, []string{"INVALID_FIELD url"}},
		"dots":                {`{"url":"https://example.com/a/../b"}`, []string{"INVALID_FIELD url"}},
		"fragment":            {`{"url":"https://example.com/#a"}`, []string{"INVALID_FIELD url"}},
		"odd_maps":            {`{"url":"https://example.com/","path":1,"query":[],"form":{"a":"("},"basicAuth":{"name":"1","password":""}}`, []string{"INVALID_FIELD path", "INVALID_FIELD query", "INVALID_EXPRESSION form.a", "INVALID_FIELD basicAuth.name", "INVALID_FIELD basicAuth.user", "INVALID_FIELD basicAuth.password"}},
		"body_twice":          {`{"url":"input","body":"1","form":{"a":"1"}}`, []string{"INVALID_FIELD form"}},
		"credentials_twice":   {`{"url":"input","headers":{"authorization":"1"},"basicAuth":{"user":"1"}}`, []string{"INVALID_FIELD basicAuth"}},
		"form_of_a_head":      {`{"url":"input","method":"HEAD","form":{"a":"1"}}`, []string{"INVALID_FIELD form"}},
		"odd_decode":          {`{"url":"input","decode":"xml"}`, []string{"INVALID_FIELD decode"}},
		"url_that_is_none":    {`{"url":"("}`, []string{"INVALID_EXPRESSION url"}},
		"empty_body":          {`{"url":"input","body":""}`, []string{"INVALID_FIELD body"}},
		"odd_method":          {`{"url":"input","method":"get"}`, []string{"INVALID_FIELD method"}},
		"body_of_a_get":       {`{"url":"input","method":"GET","body":"1"}`, nil},
		"body_of_a_head":      {`{"url":"input","method":"HEAD","body":"1"}`, []string{"INVALID_FIELD body"}},
		"own_headers":         {`{"url":"input","headers":{"accept-encoding":"1","Proxy-Connection":"1","TE":"1","HTTP2-Settings":"1"}}`, []string{"INVALID_FIELD headers.accept-encoding", "INVALID_FIELD headers.Proxy-Connection", "INVALID_FIELD headers.TE", "INVALID_FIELD headers.HTTP2-Settings"}},
		"odd_headers":         {`{"url":"input","headers":{"a b":"1","Host":"1","transfer-encoding":"1","X-A":"1","x-a":"2","B":"(","C":""}}`, []string{"INVALID_FIELD headers.C", "INVALID_EXPRESSION headers.B", `INVALID_FIELD headers.Host`, `INVALID_FIELD headers["a b"]`, "INVALID_FIELD headers.transfer-encoding", "INVALID_FIELD headers.x-a"}},
		"odd_actions":         {`{"url":"input","actions":{"1xx":"a","6xx":"a","40":"a","404":"","500":1}}`, []string{`INVALID_FIELD actions["500"]`, `INVALID_FIELD actions["1xx"]`, `INVALID_FIELD actions["40"]`, `INVALID_FIELD actions["404"]`, `INVALID_FIELD actions["6xx"]`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := fmt.Sprintf(`{"id":"b","nodes":[{"id":"n","uses":"http","params":%s}]}`, test.params)
			_, err := flow.CheckBlueprint([]byte(b), flow.Registry{httpnode.Name: httpnode.New(httpnode.Config{})})
			var got []string
			if err != nil {
				for _, issue := range err.(*flow.InvalidError).Issues {
					got = append(got, issue.Code+" "+strings.TrimPrefix(issue.Path, "nodes[0].params."))
				}
			}
			slices.Sort(test.want)
			slices.Sort(got)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
}

// The body of an answer is one level below the output, which may have 200.
func TestBodyNestedTooDeeplyFailsTheNode(t *testing.T) {
	t.Parallel()
	for _, form := range [][2]string{{"[", "]"}, {`{"a":`, "}"}} {
		for _, levels := range []int{198, 199, 200, 10_000, 100_000} {
			s := newSite(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				_, _ = io.WriteString(w, strings.Repeat(form[0], levels)+"1"+strings.Repeat(form[1], levels))
			})
			run := request(t, local, map[string]any{"url": quoted(s.URL)}, 3, nil)
			if levels < 200 {
				if run.Status != flow.Completed {
					t.Errorf("%d levels: %s", levels, failure(run))
				}
				continue
			}
			if run.Error == nil || run.Error.Code != flow.CodeValueTooLarge || run.Error.Attempt != 1 || !strings.Contains(run.Error.Message, "the body of the answer is nested more than 199 levels") {
				t.Errorf("%d levels: the error is %v", levels, run.Error)
			}
		}
	}
}
