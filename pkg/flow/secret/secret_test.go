package secret_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/secret"
)

func TestParse(t *testing.T) {
	t.Parallel()
	const manager, store = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:shop/key-AbCdEf", "arn:aws:ssm:eu-west-1:123456789012:parameter/shop/key"
	for text, want := range map[string]secret.Name{
		"shop/api-key":     {ID: "shop/api-key"},
		"shop#key":         {ID: "shop", Field: "key"},
		"shop#a key#2":     {ID: "shop", Field: "a key#2"},
		"ssm:/shop/key":    {Parameter: true, ID: "/shop/key"},
		"ssm:key#user":     {Parameter: true, ID: "key", Field: "user"},
		manager:            {ID: manager},
		manager + "#token": {ID: manager, Field: "token"},
		store:              {Parameter: true, ID: store},
	} {
		got, err := secret.Parse(text)
		if diff := gocmp.Diff(want, got); diff != "" || err != nil || got.String() != text {
			t.Errorf("%s is read as %s, %v (-want +got):\n%s", text, got, err, diff)
		}
	}
	for _, text := range []string{
		"", "#key", "shop#", "a b", "shop*", "ssm:", "ssm:/shop*", "ssm:/shop key", "ssm:#a", "shop\n", "$shop", strings.Repeat("a", 513),
		"arn:aws:secretsmanager:*:123456789012:secret:a", "arn:aws:secretsmanager:eu-west-1:12:secret:a", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:*",
		"arn:aws:ssm:eu-west-1:123456789012:secret:a", "arn:aws:sqs:eu-west-1:123456789012:jobs", "arn:aws:ssm",
	} {
		if got, err := secret.Parse(text); err == nil {
			t.Errorf("%q is taken for %+v", text, got)
		}
	}
	if a, _ := secret.Parse(store); a.Region() != "eu-west-1" {
		t.Errorf("region %q", a.Region())
	}
}

// A value shows itself to Reveal only.
func TestValuesAreNotShown(t *testing.T) {
	t.Parallel()
	v := secret.NewValue(secret.Name{ID: "shop"}, "s3cret")
	var log bytes.Buffer
	for _, handler := range []slog.Handler{slog.NewJSONHandler(&log, nil), slog.NewTextHandler(&log, nil)} {
		logger := slog.New(handler)
		logger.Info("x", "a", v, "b", &v, "c", []any{v}, "d", struct{ V any }{v}, "e", map[string]any{"k": v})
	}
	var text strings.Builder
	text.WriteString(log.String())
	inside := struct {
		Seen   secret.Value
		hidden secret.Value
		deep   *secret.Value
	}{v, v, &v}
	for _, value := range []any{v, &v, inside, &inside, []secret.Value{v}, map[string]any{"k": inside}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T"} {
			text.WriteString(fmt.Sprintf(verb, value))
		}
	}
	text.WriteString(fmt.Errorf("wrapped: %w, %v", errors.New(v.String()), v).Error())
	given := secret.Given{"shop": "s3cret"}
	text.WriteString(fmt.Sprintf("%v %+v %#v %s", given, given, given, given))
	if strings.Contains(text.String(), "s3cret") || strings.Contains(text.String(), fmt.Sprintf("%x", "s3cret")) {
		t.Errorf("the secret is shown: %s", text.String())
	}
	for _, value := range []any{v, &v, inside, map[string]any{"k": v}} {
		if data, err := json.Marshal(value); err == nil {
			t.Errorf("a secret has the JSON %s", data)
		}
	}
	if v.Reveal() != "s3cret" {
		t.Errorf("Reveal returns %q", v.Reveal())
	}
}

// source counts the reads of its secrets.
type source struct {
	secret.Given
	reads int
}

func (s *source) Read(ctx context.Context, name secret.Name) (string, error) {
	s.reads++
	return s.Given.Read(ctx, name)
}

// with runs code as a node with secrets.
func with(t *testing.T, cache *secret.Cache, code func(ctx context.Context) error) error {
	t.Helper()
	_, err := secret.Middleware(cache)(flow.HandlerFunc(func(ctx context.Context, _ *flow.Task) (flow.Result, error) {
		return flow.Result{}, code(ctx)
	})).Handle(t.Context(), &flow.Task{})
	return err
}

func TestValuesAreKeptForFiveMinutes(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	s := &source{Given: secret.Given{"shop": `{"a":"1","b":"2"}`}}
	cache := secret.NewCache(s, func() time.Time { return now })
	read := func(name, want string, reads int) {
		t.Helper()
		err := with(t, cache, func(ctx context.Context) error {
			v, err := secret.Get(ctx, name)
			if v.Reveal() != want {
				t.Errorf("%s is %q, want %q", name, v.Reveal(), want)
			}
			return err
		})
		if err != nil || s.reads != reads {
			t.Errorf("%v after %d reads, want %d", err, s.reads, reads)
		}
	}
	read("shop#a", "1", 1)
	read("shop#b", "2", 1) // of the same secret
	s.Given["shop"] = `{"a":"3"}`
	now = now.Add(5*time.Minute - 1)
	read("shop#a", "1", 1)
	now = now.Add(1)
	read("shop#a", "3", 2)
	// A value that a server refuses is read again, once for all that have had it.
	s.Given["shop"] = `{"a":"4"}`
	err := with(t, cache, func(ctx context.Context) error {
		old, err := secret.Get(ctx, "shop#a")
		for range 3 {
			if changed, err := secret.Changed(ctx, []secret.Value{old}); !changed || err != nil {
				t.Errorf("changed %v, %v", changed, err)
			}
		}
		return err
	})
	if err != nil || s.reads != 3 {
		t.Errorf("%v after %d reads, want 3", err, s.reads)
	}
	read("shop#a", "4", 3)
}

// Faults name the secret, and nothing of its text.
func TestFaults(t *testing.T) {
	t.Parallel()
	s := secret.Given{"text": "s3cret", "object": `{"a":"s3cret","n":7,"z":null,"e":""}`, "empty": ""}
	for name, want := range map[string]string{
		"none":      "secret none: it is not among the secrets that are given",
		"text#a":    "secret text#a: it is no JSON object, so that it has no fields",
		"object#b":  "secret object#b: it has no field of that name that is a string",
		"object#n":  "secret object#n: it has no field of that name that is a string",
		"object#z":  "secret object#z: it has no field of that name that is a string",
		"object#e":  "secret object#e: it is empty",
		"empty":     "secret empty: it is empty",
		"a s3cret!": "the name of a secret must be the name of a secret of Secrets Manager",
	} {
		err := with(t, secret.NewCache(s, nil), func(ctx context.Context) error {
			_, err := secret.Get(ctx, name)
			return err
		})
		if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "s3cret") || flow.VerdictOf(err).Code != secret.Code || !flow.VerdictOf(err).Permanent {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
	if _, err := secret.Get(t.Context(), "shop"); err == nil || !strings.Contains(err.Error(), "there is no source of secrets here") {
		t.Errorf("outside of code: %v", err)
	}
}

// Code that puts a secret into its error or panic does not get it stored.
func TestErrorsAndPanicsWithASecretAreReplaced(t *testing.T) {
	t.Parallel()
	cache := secret.NewCache(secret.Given{"shop": "s3cret"}, nil)
	err := with(t, cache, func(ctx context.Context) error {
		v, _ := secret.Get(ctx, "shop")
		return flow.Permanent(flow.WithCode(fmt.Errorf("refused: %s", v.Reveal()), "declined"))
	})
	if verdict := flow.VerdictOf(err); err == nil || err.Error() != "the error has a secret in it, and is not shown" || verdict.Code != "declined" || !verdict.Permanent {
		t.Errorf("%v, %v", err, verdict)
	}
	other := errors.New("refused")
	if err := with(t, cache, func(ctx context.Context) error { _, _ = secret.Get(ctx, "shop"); return other }); err != other {
		t.Errorf("another error becomes %v", err)
	}
	for text, want := range map[string]string{"token s3cret": "the error has a secret in it, and is not shown", "odd": "odd"} {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); got != want {
					t.Errorf("panic %s, want %s", got, want)
				}
			}()
			_ = with(t, cache, func(ctx context.Context) error { _, _ = secret.Get(ctx, "shop"); panic(text) })
		}()
	}
}

// A secret is recognised in the forms that servers and code send back, and no other
// output is changed.
func TestOutputsWithASecretAreMasked(t *testing.T) {
	t.Parallel()
	const key = `s3cret+/"key=%`
	encode := base64.StdEncoding.EncodeToString
	for name, test := range map[string]struct {
		output any
		want   string
	}{
		"nothing":            {nil, ""},
		"another text":       {json.RawMessage(`{"big": 12345678901234567890}`), `{"big": 12345678901234567890}`},
		"plain":              {map[string]string{"Authorization": "Bearer " + key}, `{"Authorization":"Bearer [secret shop]"}`},
		"in a query":         {"/v1?key=" + url.QueryEscape(key) + "&a=1", `"/v1?key=[secret shop]&a=1"`},
		"in a path":          {"/v1/" + url.PathEscape(key), `"/v1/[secret shop]"`},
		"quoted":             {fmt.Sprintf("key=%q", key), `"key=\"[secret shop]\""`},
		"in hex":             {fmt.Sprintf("%x", key), `"[secret shop]"`},
		"twice":              {[]string{key, key}, `["[secret shop]","[secret shop]"]`},
		"a short one":        {"the pin is 1234", `"the pin is 1234"`},
		"a part of a number": {json.RawMessage(`{"n":1123456789}`), `{"n":1123456789}`},
	} {
		output, err := outputOf(t, key, test.output)
		if got := cmp.Or(errorText(err), jsonText(output)); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
	for _, around := range []string{"", "u:", "us:", "user:"} { // of basic auth
		output, err := outputOf(t, key, "Basic "+encode([]byte(around+key+"!")))
		text := jsonText(output)
		for before := range 4 {
			if part := encode([]byte(around + key + "!")); err != nil || strings.Contains(text, part[before+len(around)*4/3+2:len(part)-6]) {
				t.Errorf("%q before it: %s, %v", around, text, err)
			}
		}
	}
}

func outputOf(t *testing.T, key string, output any) (any, error) {
	t.Helper()
	cache := secret.NewCache(secret.Given{"shop": key, "pin": "1234", "number": "12345678"}, nil)
	handler := secret.Middleware(cache)(flow.HandlerFunc(func(ctx context.Context, _ *flow.Task) (flow.Result, error) {
		for _, name := range []string{"shop", "pin", "number"} {
			if _, err := secret.Get(ctx, name); err != nil {
				return flow.Result{}, err
			}
		}
		return flow.Result{Output: output}, nil
	}))
	result, err := handler.Handle(t.Context(), &flow.Task{})
	return result.Output, err
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return "error: " + err.Error()
}

func jsonText(value any) string {
	if raw, ok := value.(json.RawMessage); ok || value == nil {
		return string(raw)
	}
	text, _ := json.Marshal(value) // of strings
	return string(text)
}
