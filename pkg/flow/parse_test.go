package flow

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// faultsOf lists an error's issues as "CODE path".
func faultsOf(t *testing.T, err error) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	invalid, ok := errors.AsType[*InvalidError](err)
	if !ok {
		t.Fatalf("error %v is a %T, want an *InvalidError", err, err)
	}
	var list []string
	for _, issue := range invalid.Issues {
		if issue.Message == "" {
			t.Errorf("issue %s %s has no message", issue.Code, issue.Path)
		}
		list = append(list, issue.Code+" "+issue.Path)
	}
	return list
}

// node1 and edge1 put one fragment into an otherwise valid blueprint.
func node1(fields string) string {
	return `{"id":"b","nodes":[{"id":"a","uses":"pass",` + fields + `}]}`
}

func edge1(fields string) string {
	return `{"id":"b","nodes":[{"id":"a","uses":"pass"},{"id":"c","uses":"pass"}],"edges":[{` + fields + `}]}`
}

func TestParseBlueprint_faults(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		json string
		want []string
	}{
		"empty text":                       {``, []string{"INVALID_JSON "}},
		"syntax error":                     {`{"id":}`, []string{"INVALID_JSON "}},
		"trailing data":                    {node1(`"x":1`) + ` {}`, []string{"INVALID_JSON "}},
		"array on top":                     {`[]`, []string{"INVALID_JSON "}},
		"null on top":                      {` null `, []string{"INVALID_JSON "}},
		"string on top":                    {`"b"`, []string{"INVALID_JSON "}},
		"not UTF-8":                        {"{\"id\":\"\xff\"}", []string{"INVALID_JSON "}},
		"nested too deeply":                {node1(`"params":{"a":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + `}`), []string{"INVALID_JSON "}},
		"empty object":                     {`{}`, []string{"INVALID_FIELD id", "EMPTY_BLUEPRINT nodes"}},
		"keys in another case":             {`{"ID":"b","Nodes":[{"id":"a","uses":"pass"}]}`, []string{"INVALID_FIELD id", "EMPTY_BLUEPRINT nodes"}},
		"no nodes":                         {`{"id":"b","nodes":[]}`, []string{"EMPTY_BLUEPRINT nodes"}},
		"null nodes":                       {`{"id":"b","nodes":null}`, []string{"EMPTY_BLUEPRINT nodes"}},
		"nodes are an object":              {`{"id":"b","nodes":{"a":{}}}`, []string{"INVALID_FIELD nodes"}},
		"edges are a string":               {`{"id":"b","nodes":[{"id":"a","uses":"pass"}],"edges":"x"}`, []string{"INVALID_FIELD edges"}},
		"metadata is an array":             {`{"id":"b","nodes":[{"id":"a","uses":"pass"}],"metadata":[]}`, []string{"INVALID_FIELD metadata"}},
		"version is a number":              {`{"id":"b","nodes":[{"id":"a","uses":"pass"}],"metadata":{"version":2}}`, []string{"INVALID_FIELD metadata.version"}},
		"id is a number":                   {`{"id":5,"nodes":[{"id":"a","uses":"pass"}]}`, []string{"INVALID_FIELD id"}},
		"node is null":                     {`{"id":"b","nodes":[null]}`, []string{"INVALID_FIELD nodes[0]"}},
		"node is a string":                 {`{"id":"b","nodes":["a"]}`, []string{"INVALID_FIELD nodes[0]"}},
		"node without id and uses":         {`{"id":"b","nodes":[{"id":""}]}`, []string{"INVALID_FIELD nodes[0].id", "INVALID_FIELD nodes[0].uses"}},
		"node id is a boolean":             {`{"id":"b","nodes":[{"id":true,"uses":"pass"}]}`, []string{"INVALID_FIELD nodes[0].id"}},
		"params are an array":              {node1(`"params":[1]`), []string{"INVALID_FIELD nodes[0].params"}},
		"inputs are a number":              {node1(`"inputs":1`), []string{"INVALID_FIELD nodes[0].inputs"}},
		"inputs are empty":                 {node1(`"inputs":""`), []string{"INVALID_FIELD nodes[0].inputs"}},
		"inputs are an array":              {node1(`"inputs":["a"]`), []string{"INVALID_FIELD nodes[0].inputs"}},
		"inputs with faulty names":         {node1(`"inputs":{"a":1,"b":"","c":null,"d":"x","a b":{}}`), []string{`INVALID_FIELD nodes[0].inputs.a`, `INVALID_FIELD nodes[0].inputs["a b"]`, "INVALID_FIELD nodes[0].inputs.c", "INVALID_FIELD nodes[0].inputs.b"}},
		"config is a string":               {node1(`"config":"fast"`), []string{"INVALID_FIELD nodes[0].config"}},
		"unknown keys in config":           {node1(`"config":{"maxRetrys":3,"MaxRetries":3,"a b":0}`), []string{"UNKNOWN_FIELD nodes[0].config.MaxRetries", `UNKNOWN_FIELD nodes[0].config["a b"]`, "UNKNOWN_FIELD nodes[0].config.maxRetrys"}},
		"maxRetries is 0":                  {node1(`"config":{"maxRetries":0}`), []string{"INVALID_FIELD nodes[0].config.maxRetries"}},
		"maxRetries is negative":           {node1(`"config":{"maxRetries":-1}`), []string{"INVALID_FIELD nodes[0].config.maxRetries"}},
		"maxRetries is a fraction":         {node1(`"config":{"maxRetries":1.5}`), []string{"INVALID_FIELD nodes[0].config.maxRetries"}},
		"maxRetries is text":               {node1(`"config":{"maxRetries":"3"}`), []string{"INVALID_FIELD nodes[0].config.maxRetries"}},
		"maxRetries is huge":               {node1(`"config":{"maxRetries":1e999}`), []string{"INVALID_FIELD nodes[0].config.maxRetries"}},
		"retryDelay is negative":           {node1(`"config":{"retryDelay":-1}`), []string{"INVALID_FIELD nodes[0].config.retryDelay"}},
		"retryDelay is past all durations": {node1(`"config":{"retryDelay":9223372036855}`), []string{"INVALID_FIELD nodes[0].config.retryDelay"}},
		"retryDelay would wrap to 0":       {node1(`"config":{"retryDelay":288230376151711744}`), []string{"INVALID_FIELD nodes[0].config.retryDelay"}},
		"timeout is 0":                     {node1(`"config":{"timeout":0}`), []string{"INVALID_FIELD nodes[0].config.timeout"}},
		"timeout is text":                  {node1(`"config":{"timeout":"5s"}`), []string{"INVALID_FIELD nodes[0].config.timeout"}},
		"fallback is an object":            {node1(`"config":{"fallback":{}}`), []string{"INVALID_FIELD nodes[0].config.fallback"}},
		"joinStrategy is unknown":          {node1(`"config":{"joinStrategy":"ANY"}`), []string{"INVALID_FIELD nodes[0].config.joinStrategy"}},
		"semantics are unknown":            {node1(`"config":{"semantics":"exactly-once"}`), []string{"INVALID_FIELD nodes[0].config.semantics"}},
		"retryOn is text":                  {node1(`"config":{"retryOn":"timeout"}`), []string{"INVALID_FIELD nodes[0].config.retryOn"}},
		"retryOn with faulty codes":        {node1(`"config":{"retryOn":["timeout",5,"",null]}`), []string{"INVALID_FIELD nodes[0].config.retryOn[1]", "INVALID_FIELD nodes[0].config.retryOn[3]", "INVALID_FIELD nodes[0].config.retryOn[2]"}},
		"backoff is a number":              {node1(`"config":{"backoff":2}`), []string{"INVALID_FIELD nodes[0].config.backoff"}},
		"backoff with faulty fields":       {node1(`"config":{"backoff":{"factor":0.5,"maxDelay":-1,"jitter":"full","max":1}}`), []string{"INVALID_FIELD nodes[0].config.backoff.factor", "INVALID_FIELD nodes[0].config.backoff.maxDelay", "INVALID_FIELD nodes[0].config.backoff.jitter", "UNKNOWN_FIELD nodes[0].config.backoff.max"}},
		"factor is 0":                      {node1(`"config":{"backoff":{"factor":0}}`), []string{"INVALID_FIELD nodes[0].config.backoff.factor"}},
		"factor is past all floats":        {node1(`"config":{"backoff":{"factor":1e400}}`), []string{"INVALID_FIELD nodes[0].config.backoff.factor"}},
		"factor is text":                   {node1(`"config":{"backoff":{"factor":"2"}}`), []string{"INVALID_FIELD nodes[0].config.backoff.factor"}},
		"edge is an array":                 {`{"id":"b","nodes":[{"id":"a","uses":"pass"}],"edges":[[]]}`, []string{"INVALID_FIELD edges[0]"}},
		"edge without ends":                {edge1(`"source":""`), []string{"INVALID_FIELD edges[0].source", "INVALID_FIELD edges[0].target"}},
		"edge with wrong types":            {edge1(`"source":"a","target":"c","action":1,"condition":true,"transform":{}`), []string{"INVALID_FIELD edges[0].action", "INVALID_FIELD edges[0].condition", "INVALID_FIELD edges[0].transform"}},
		"a key given twice":                {`{"id":"x","nodes":[{"id":"charge","uses":"pass"}],"nodes":[{"id":"ship","uses":"pass"}],"edges":[]}`, []string{"DUPLICATE_KEY nodes"}},
		"a key given thrice":               {`{"id":"x","id":"y","id":"z","nodes":[{"id":"a","uses":"pass"}]}`, []string{"DUPLICATE_KEY id"}},
		"keys twice at any depth":          {`{"id":"x","metadata":{"a":[0,{"b":1,"c":{},"b":1}]},"nodes":[{"id":"a","uses":"pass","params":{"x y":{"k":null,"k":null}},"inputs":{"a":"b","a":"c"},"config":{"timeout":1,"timeout":2},"label":1,"label":2}],"edges":[{"source":"a","source":"a","target":"a"}],"editor":{"z":1,"z":2}}`, []string{"DUPLICATE_KEY metadata.a[1].b", `DUPLICATE_KEY nodes[0].params["x y"].k`, "DUPLICATE_KEY nodes[0].inputs.a", "DUPLICATE_KEY nodes[0].config.timeout", "DUPLICATE_KEY nodes[0].label", "DUPLICATE_KEY edges[0].source", "DUPLICATE_KEY editor.z"}},
		"a key twice with escapes":         {`{"id":"x","nodes":[{"id":"a","uses":"pass","params":{"a":1,"\u0061":2,"A":3}}]}`, []string{"DUPLICATE_KEY nodes[0].params.a"}},
		"otherwise is text":                {edge1(`"source":"a","target":"c","otherwise":"true"`), []string{"INVALID_FIELD edges[0].otherwise"}},
		"noMatch is unknown":               {node1(`"config":{"noMatch":"error"}`), []string{"INVALID_FIELD nodes[0].config.noMatch"}},
		"id too long":                      {`{"id":"` + strings.Repeat("b", 256) + `","nodes":[{"id":"` + strings.Repeat("ü", 128) + `","uses":"pass"}]}`, []string{"ID_TOO_LONG id", "ID_TOO_LONG nodes[0].id"}},
		"several places at once": {
			`{"id":"","nodes":[{"uses":1,"config":{"maxRetries":0,"oops":1}},7],"edges":[{"source":"a"},{"source":"a","target":3}]}`,
			[]string{"INVALID_FIELD id", "INVALID_FIELD nodes[0].uses", "INVALID_FIELD nodes[0].config.maxRetries", "UNKNOWN_FIELD nodes[0].config.oops", "INVALID_FIELD nodes[0].id", "INVALID_FIELD nodes[1]", "INVALID_FIELD edges[0].target", "INVALID_FIELD edges[1].target"},
		},
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			b, err := ParseBlueprint([]byte(test.json))
			if diff := cmp.Diff(test.want, faultsOf(t, err)); diff != "" {
				t.Errorf("issues (-want +got):\n%s", diff)
			}
			if b != nil {
				t.Errorf("blueprint = %v beside an error, want nil", b)
			}
		})
	}
}

func TestParseBlueprint_messages(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ json, want string }{
		"syntax error is placed":      {"{\n  \"id\": \"ü\" oops\n}", `line 2, column 13: invalid character 'o' after object key:value pair`},
		"end of text is placed":       {"{\n  \"id\": 1", `line 2, column 9: unexpected end of JSON input`},
		"trailing data are placed":    {"{}\n\n]", `line 3, column 1: invalid character ']' after top-level value`},
		"foreign encoding is placed":  {"{\n\"id\":\"\xfc\"}", `line 2, column 7: the text is not UTF-8`},
		"wrong type says what it was": {`{"id":[],"nodes":[{"id":"a","uses":"b"}]}`, `invalid blueprint: id: INVALID_FIELD: it must be a string, not an array`},
		"unknown key says the known":  {node1(`"config":{"maxRetrys":1}`), `invalid blueprint "b": nodes[0].config.maxRetrys ("a"): UNKNOWN_FIELD: there is no such key here: correct or remove it (known are maxRetries, retryDelay`},
		"several are on lines": {`{"id":"b","nodes":[{},{"id":"a","uses":"b"}]}`, `invalid blueprint "b", 2 faults:
  nodes[0].id: INVALID_FIELD: it is missing or empty, and required
  nodes[0].uses: INVALID_FIELD: it is missing or empty, and required`},
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			_, err := ParseBlueprint([]byte(test.json))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error = %v\nwant it to contain %s", err, test.want)
			}
		})
	}
}

func TestParseBlueprint_editor_leftovers(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/editor.json")
	if err != nil {
		t.Fatal(err)
	}
	got, err := ParseBlueprint(data)
	if err != nil {
		t.Fatal(err)
	}
	want := &Blueprint{
		ID: "video-import",
		Nodes: []Node{
			{
				ID: "probe", Uses: "probe", Params: json.RawMessage(`{"tool":"ffprobe","args":["-v","error"],"asset":9007199254740993}`),
				Config: NodeConfig{
					MaxRetries: 3, RetryDelay: 500 * time.Millisecond, RetryOn: []string{"timeout", "error"},
					Backoff: &Backoff{Factor: 1.5, MaxDelay: time.Minute, Jitter: true},
					Timeout: 15 * time.Second, Fallback: "guess",
				},
			},
			{ID: "guess", Uses: "pass", Params: json.RawMessage(`{"output":{"codec":null}}`)},
			{ID: "Größe/prüfen #1", Uses: "eval", Params: json.RawMessage(`{"expression":"input.width * input.height"}`), Inputs: Inputs{Name: "probe"}},
			{
				ID: "scale", Uses: "scale", Inputs: Inputs{Fields: map[string]string{"size": "Größe/prüfen #1", "codec": "probe.codec"}},
				Config: NodeConfig{Semantics: AtMostOnce},
			},
			{ID: "merge", Uses: "pass", Config: NodeConfig{JoinStrategy: JoinAny}},
		},
		Edges: []Edge{
			{Source: "probe", Target: "Größe/prüfen #1"},
			{Source: "Größe/prüfen #1", Target: "scale", Condition: "result.output > 921600"},
			{Source: "Größe/prüfen #1", Target: "merge", Condition: "result.output <= 921600"},
			{Source: "scale", Target: "merge", Transform: "input.path"},
		},
		Metadata: json.RawMessage(`{"version":"2.1","cycleEntryPoints":[],"author":"ops"}`),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("blueprint (-want +got):\n%s", diff)
	}
	assertStable(t, got)
}

// assertStable checks that the body parses to an equal blueprint, by every way of
// parsing.
func assertStable(t *testing.T, b *Blueprint) {
	t.Helper()
	body, err := b.Body()
	if err != nil {
		t.Fatalf("body of an accepted blueprint: %v", err)
	}
	again, err := ParseBlueprint(body)
	if err != nil {
		t.Fatalf("parse body %s: %v", body, err)
	}
	if diff := cmp.Diff(b, again); diff != "" {
		t.Errorf("body %s reads as another blueprint (-want +got):\n%s", body, diff)
	}
	var decoded struct{ B Blueprint }
	if err := json.Unmarshal([]byte(`{"b":`+string(body)+`}`), &decoded); err != nil {
		t.Fatalf("unmarshal body %s: %v", body, err)
	}
	if diff := cmp.Diff(*b, decoded.B); diff != "" {
		t.Errorf("json.Unmarshal reads another blueprint (-want +got):\n%s", diff)
	}
}

func TestParseBlueprint_accepts(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"byte order mark":             "\ufeff" + node1(`"x":1`),
		"null for every option":       `{"id":"b","edges":null,"metadata":null,"nodes":[{"id":"a","uses":"pass","params":null,"inputs":null,"config":{"maxRetries":null,"backoff":null,"retryOn":null,"joinStrategy":null}}]}`,
		"empty where optional":        `{"id":"b","edges":[],"metadata":{},"nodes":[{"id":"a","uses":"pass","params":{},"inputs":{},"config":{"backoff":{},"retryOn":[],"fallback":"","semantics":""}}]}`,
		"whole numbers in other form": node1(`"config":{"maxRetries":2.0,"retryDelay":1e3,"timeout":5E+2}`),
		"zero delays":                 node1(`"config":{"retryDelay":0,"backoff":{"factor":1,"maxDelay":-0}}`),
		"longest durations":           node1(`"config":{"retryDelay":9223372036854,"timeout":9223372036854}`),
		"ids of any characters":       `{"id":"%23/#@","nodes":[{"id":"\u0000","uses":"\u2028<&>"},{"id":"ⅰ","uses":"x"},{"id":"i","uses":"x"},{"id":"__proto__","uses":"x"}]}`,
		"half a surrogate pair":       node1(`"params":{"a":"\ud800"},"inputs":{"\udfff":"\ud800"}`),
		"longest ids":                 `{"id":"` + strings.Repeat("#", 255) + `","nodes":[{"id":"` + strings.Repeat("%", 255) + `","uses":"pass"}]}`,
		"deep params":                 node1(`"params":{"a":` + strings.Repeat(`[`, 199) + strings.Repeat(`]`, 199) + `}`),
		"white space in params":       node1("\"params\": {\n\t\"n\" : [ 1.50 , 1e400 ]\n}"),
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			b, err := ParseBlueprint([]byte(text))
			if err != nil {
				t.Fatal(err)
			}
			assertStable(t, b)
		})
	}
}

func TestParseBlueprint_numbers_in_another_form_are_read(t *testing.T) {
	t.Parallel()
	b, err := ParseBlueprint([]byte(node1(`"config":{"maxRetries":2.0,"retryDelay":1e3,"timeout":5E+2}`)))
	if err != nil {
		t.Fatal(err)
	}
	want := NodeConfig{MaxRetries: 2, RetryDelay: time.Second, Timeout: 500 * time.Millisecond}
	if diff := cmp.Diff(want, b.Nodes[0].Config); diff != "" {
		t.Errorf("config (-want +got):\n%s", diff)
	}
}

func TestParseBlueprint_inputs_of_an_empty_object_are_not_absent(t *testing.T) {
	t.Parallel()
	b, err := ParseBlueprint([]byte(node1(`"inputs":{}`)))
	if err != nil {
		t.Fatal(err)
	}
	if b.Nodes[0].Inputs.IsZero() {
		t.Error("inputs {} read as absent")
	}
}

func TestUnmarshal_parts(t *testing.T) {
	t.Parallel()
	var n Node
	if err := json.Unmarshal([]byte(`{"id":"a","uses":"pass","inputs":{"x":"y"},"config":{"timeout":1500}}`), &n); err != nil {
		t.Fatal(err)
	}
	want := Node{ID: "a", Uses: "pass", Inputs: Inputs{Fields: map[string]string{"x": "y"}}, Config: NodeConfig{Timeout: 1500 * time.Millisecond}}
	if diff := cmp.Diff(want, n); diff != "" {
		t.Errorf("node (-want +got):\n%s", diff)
	}
	err := json.Unmarshal([]byte(`{"inputs":"x","config":{"timeout":-1,"jitter":1}}`), &n)
	if diff := cmp.Diff([]string{"INVALID_FIELD config.timeout", "UNKNOWN_FIELD config.jitter"}, faultsOf(t, err)); diff != "" {
		t.Errorf("config's issues (-want +got):\n%s", diff)
	}
	err = json.Unmarshal([]byte(`{"inputs":{"a":""}}`), &n)
	if diff := cmp.Diff([]string{"INVALID_FIELD inputs.a"}, faultsOf(t, err)); diff != "" {
		t.Errorf("inputs' issues (-want +got):\n%s", diff)
	}
}

func FuzzParseBlueprint(f *testing.F) {
	data, err := os.ReadFile("testdata/editor.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"id":"b","nodes":[{"id":"a","uses":"set","inputs":"c","params":{"values":{"k":"input"}},"config":{"fallback":"c","backoff":{"factor":2}}},{"id":"c","uses":"fail","inputs":{"a b":"x"}}],"edges":[{"source":"a","target":"a","condition":"x > 1"}]}`))
	f.Add([]byte(`{"nodes":[null,[],{"config":{"retryOn":[1],"timeout":1e9}}],"edges":[{}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := ParseBlueprint(data)
		if err != nil {
			faultsOf(t, err)
			return
		}
		assertStable(t, b)
		if err := Validate(b, nil); err != nil {
			for _, issue := range faultsOf(t, err) {
				if strings.HasPrefix(issue, "INVALID_FIELD") && !strings.Contains(issue, ".params") {
					t.Errorf("the parsed blueprint is valid but has %s", issue)
				}
			}
		}
	})
}

func TestCheckBlueprint(t *testing.T) {
	t.Parallel()
	_, err := CheckBlueprint([]byte(`{
		"id": "faulty",
		"nodes": [
			{"id": "a", "uses": "pass", "config": {"retries": 3, "fallback": "nowhere"}},
			{"id": 7, "uses": "nothing"}
		],
		"edges": [{"source": "a", "target": "b", "condition": 1}, {"source": 2, "target": "a"}]
	}`), nil)
	want := []string{
		"UNKNOWN_FIELD nodes[0].config.retries",
		"INVALID_FIELD nodes[1].id",
		"INVALID_FIELD edges[0].condition",
		"INVALID_FIELD edges[1].source",
		"INVALID_FALLBACK nodes[0].config.fallback",
		"MISSING_NODE_IMPLEMENTATION nodes[1].uses",
		"INVALID_EDGE_TARGET edges[0].target",
	}
	if diff := cmp.Diff(want, faultsOf(t, err)); diff != "" {
		t.Errorf("faults of form and meaning, each once (-want +got):\n%s", diff)
	}
}
