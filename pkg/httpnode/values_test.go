package httpnode_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// anyValue are texts that would change a URL into which they are put unencoded.
var anyValue = []string{
	"Ada Lovelace", "50% off", "a&b=c", "../../admin", "é日本", "x#frag", "a/b", "a?b", "a+b", "%2e%2e", "%41", `a\b`, "a;b,c", "{x}", "line\r\nX-A: 1", "\x00", "\"<>^`|", "...", "~a:@!$'()*",
}

// A value in a template is one segment or one parameter, whatever it contains.
func TestTemplateCarriesAnyValue(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(http.ResponseWriter, *http.Request) {})
	for _, value := range anyValue {
		run := request(t, local, map[string]any{
			"url":   s.URL + "/v1/{{items}}/{sku}/of-{sku}?fixed=1",
			"path":  map[string]string{"sku": "input"},
			"query": map[string]string{"q": "input", "a b": "input"},
		}, 1, value)
		got := s.All()
		if run.Status != flow.Completed {
			t.Fatalf("%q: %s", value, failure(run))
		}
		sent, err := url.ParseRequestURI(got[len(got)-1].path)
		if err != nil {
			t.Fatal(err)
		}
		var segments []string
		for segment := range strings.SplitSeq(sent.EscapedPath(), "/") {
			text, err := url.PathUnescape(segment)
			if err != nil {
				t.Fatal(err)
			}
			segments = append(segments, text)
		}
		if diff := cmp.Diff([]string{"", "v1", "{items}", value, "of-" + value}, segments); diff != "" {
			t.Errorf("%q: segments (-want +got):\n%s", value, diff)
		}
		if diff := cmp.Diff(url.Values{"fixed": {"1"}, "q": {value}, "a b": {value}}, sent.Query()); diff != "" {
			t.Errorf("%q: query (-want +got):\n%s", value, diff)
		}
		if ascii := strings.ContainsFunc(got[len(got)-1].path, func(r rune) bool { return r <= ' ' || r >= 0x7f }); ascii {
			t.Errorf("%q is sent as %q", value, got[len(got)-1].path)
		}
	}
}

func TestValuesOfTheURL(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(http.ResponseWriter, *http.Request) {})
	for name, test := range map[string]struct {
		params map[string]any
		want   string // the request's path, or the failure
	}{
		"scalars":         {map[string]any{"url": s.URL + "/{n}/{t}/x", "path": map[string]string{"n": "1.50", "t": "true"}}, "/1.5/true/x"},
		"two_in_one":      {map[string]any{"url": s.URL + "/{n}{t}", "path": map[string]string{"n": "'.'", "t": "'a'"}}, "/.a"},
		"list":            {map[string]any{"url": s.URL, "query": map[string]string{"id": "[1, 'b', true]"}}, "/?id=1&id=b&id=true"},
		"null_and_empty":  {map[string]any{"url": s.URL + "/?a=1", "query": map[string]string{"b": "null", "c": "''", "d": "[]"}}, "/?a=1&c="},
		"with_expression": {map[string]any{"url": "'" + s.URL + "/' + 'x'", "query": map[string]string{"q": "'a b'"}}, "/x?q=a%20b"},
		"literal_words":   {map[string]any{"url": s.URL + "/é/{n}?filter[a]=|", "path": map[string]string{"n": "1"}}, "/%C3%A9/1?filter[a]=%7C"},
		"upper_case":      {map[string]any{"url": strings.Replace(s.URL, "http", "HTTP", 1) + "/{n}", "path": map[string]string{"n": "1"}}, "/1"},
		"expression":      {map[string]any{"url": "'" + s.URL + "/é/?q=日本%20x'"}, "/%C3%A9/?q=%E6%97%A5%E6%9C%AC%20x"},

		"empty":    {map[string]any{"url": s.URL + "/{n}", "path": map[string]string{"n": "''"}}, "the value of params.path.n is empty: it would be another URL"},
		"null":     {map[string]any{"url": s.URL + "/{n}", "path": map[string]string{"n": "input.missing"}}, "the value of params.path.n is null: it must be a string, a number or a boolean"},
		"array":    {map[string]any{"url": s.URL + "/{n}", "path": map[string]string{"n": "[1]"}}, "the value of params.path.n is an array: it must be a string, a number or a boolean"},
		"dots":     {map[string]any{"url": s.URL + "/a/{n}", "path": map[string]string{"n": "'..'"}}, "the value of params.url: a segment of its path is . or .., which leads to another one"},
		"dot":      {map[string]any{"url": s.URL + "/a/{n}/b", "path": map[string]string{"n": "'.'"}}, "the value of params.url: a segment of its path is . or .., which leads to another one"},
		"two_dots": {map[string]any{"url": s.URL + "/a/{n}{n}", "path": map[string]string{"n": "'.'"}}, "the value of params.url: a segment of its path is . or .., which leads to another one"},
		"object":   {map[string]any{"url": s.URL, "query": map[string]string{"n": "{a: 1}"}}, "the value of params.query.n is an object: it must be a string, a number, a boolean, null or a list of these"},
		"lists":    {map[string]any{"url": s.URL, "query": map[string]string{"n": "[[1]]"}}, "the value of params.query.n has an array in its list: it must be a string, a number, a boolean, null or a list of these"},

		"expression_with_space":   {map[string]any{"url": "'" + s.URL + "/?q=Ada Lovelace'"}, "the value of params.url: it has a space, a backslash or a control character: give values in params.path and params.query, which encode them"},
		"expression_with_line":    {map[string]any{"url": "'" + s.URL + `/?q=a\nb'`}, "the value of params.url: it has a space, a backslash or a control character: give values in params.path and params.query, which encode them"},
		"expression_with_percent": {map[string]any{"url": "'" + s.URL + "/?q=50%'"}, "the value of params.url: it has a % that begins no escape: give values in params.path and params.query, which encode them"},
		"expression_with_hash":    {map[string]any{"url": "'" + s.URL + "/?q=x#frag'"}, "the value of params.url: it has a #, and nothing after it would be sent: give values in params.path and params.query, which encode them"},
		"expression_with_dots":    {map[string]any{"url": "'" + s.URL + "/a/../../admin'"}, "the value of params.url: a segment of its path is . or .., which leads to another one"},
		"expression_with_coded":   {map[string]any{"url": "'" + s.URL + "/a/%2E%2e/b'"}, "the value of params.url: a segment of its path is . or .., which leads to another one"},
	} {
		run := request(t, local, test.params, 2, nil)
		got := s.All()
		if strings.HasPrefix(test.want, "/") {
			if run.Status != flow.Completed || got[len(got)-1].path != test.want {
				t.Errorf("%s: %s %+v, want %s", name, failure(run), got, test.want)
			}
			continue
		}
		if failure(run) != "expression: "+test.want || run.Error.Attempt != 1 {
			t.Errorf("%s: %s, want %s at the first attempt", name, failure(run), test.want)
		}
	}
}

// A redirect leads to a valid URL, or is not followed.
func TestLocationIsAValidURL(t *testing.T) {
	t.Parallel()
	for location, want := range map[string]string{
		"/a b?q=c d#top":    "/a%20b?q=c%20d",
		"/é?q=日":            "/%C3%A9?q=%E6%97%A5",
		"../x/./y/../z?q={": "/x/z?q=%7B",
		"/a%2Fb?q=%26":      "/a%2Fb?q=%26",
		"?q=1":              "/from/here?q=1",
		"/50%":              "http_redirect",
		"/?q=50%":           "http_redirect",
		`/\evil`:            "http_redirect",
		"/a/%2e%2E/b":       "http_redirect",
	} {
		s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.RequestURI() == "/from/here" {
				w.Header()["Location"] = []string{location}
				w.WriteHeader(http.StatusFound)
			}
		})
		run := request(t, local, map[string]any{"url": quoted(s.URL + "/from/here")}, 1, nil)
		got, _, _ := strings.Cut(failure(run), ":")
		if all := s.All(); run.Error == nil {
			got = all[len(all)-1].path
		}
		if got != want {
			t.Errorf("to %q: %q, want %q", location, got, want)
		}
	}
}

func TestForm(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(http.ResponseWriter, *http.Request) {})
	for _, value := range anyValue {
		run := request(t, local, map[string]any{"url": quoted(s.URL), "form": map[string]string{"a&b": "input", "ids": "[1, input]", "none": "null", "n": "1.50"}}, 1, value)
		got := s.All()
		if run.Status != flow.Completed {
			t.Fatalf("%q: %s", value, failure(run))
		}
		last := got[len(got)-1]
		form, err := url.ParseQuery(last.body)
		if diff := cmp.Diff(url.Values{"a&b": {value}, "ids": {"1", value}, "n": {"1.5"}}, form); diff != "" || err != nil {
			t.Errorf("%q: form (-want +got), error %v:\n%s", value, err, diff)
		}
		if kind := last.header.Get("Content-Type"); last.method != "POST" || kind != "application/x-www-form-urlencoded" {
			t.Errorf("%s with the type %q", last.method, kind)
		}
	}
}

func TestBasicAuth(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(http.ResponseWriter, *http.Request) {})
	for name, test := range map[string]struct {
		auth map[string]string
		want string // "user:password" or the failure
	}{
		"both":         {map[string]string{"user": "'Ada'", "password": "token + ':é'"}, "Ada:s3cret:é"},
		"user_alone":   {map[string]string{"user": "token"}, "s3cret:"},
		"colon":        {map[string]string{"user": "'a:' + token", "password": "''"}, "expression: the value of params.basicAuth.user has a colon or a control character, which cannot be sent"},
		"null":         {map[string]string{"user": "'a'", "password": "input.missing"}, "expression: the value of params.basicAuth.password is null: it must be a string, a number or a boolean"},
		"line":         {map[string]string{"user": "'a'", "password": `token + "\n"`}, "expression: the value of params.basicAuth.password has a control character, which cannot be sent"},
		"empty_user":   {map[string]string{"user": "''", "password": "token"}, ":s3cret"},
		"object":       {map[string]string{"user": "{a: token}", "password": "''"}, "expression: the value of params.basicAuth.user is an object: it must be a string, a number or a boolean"},
		"number_as_it": {map[string]string{"user": "7", "password": "8"}, "7:8"},
	} {
		run := request(t, local, map[string]any{"url": quoted(s.URL), "basicAuth": test.auth}, 1, nil)
		got := failure(run)
		if run.Error == nil {
			all := s.All()
			user, password, _ := (&http.Request{Header: all[len(all)-1].header}).BasicAuth()
			got = user + ":" + password
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func TestBodyOfAGET(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(http.ResponseWriter, *http.Request) {})
	run := request(t, local, map[string]any{"url": quoted(s.URL), "method": "GET", "body": "{query: {match_all: {}}}"}, 1, json.RawMessage(`1`))
	if got := s.All(); run.Status != flow.Completed || got[0].method != "GET" || got[0].body != `{"query":{"match_all":{}}}` || got[0].header.Get("Idempotency-Key") != "" {
		t.Errorf("%s %+v", failure(run), got)
	}
}
