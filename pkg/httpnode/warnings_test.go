package httpnode_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/httpnode"
)

func TestWarnings(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		param, key, expression string
		want                   bool
	}{
		{"headers", "Authorization", `'Bearer s3cret-token'`, true},
		{"headers", "authorization", `"Basic YWRhOnMzY3JldA=="`, true},
		{"headers", "X-Api-Key", `'s3cretss'`, true},
		{"headers", "X-Anything", `'AKIAIOSFODNN7EXAMPLE'`, true},
		{"headers", "X-Anything", `input.a + 'id=AKIAIOSFODNN7EXAMPLE'`, true},
		{"headers", "X-Anything", "`sk_live_4eC39HqLyjWDarjtT1zdp7dc`", true},
		{"headers", "X-Anything", `'a' + "9f86d081884c7d659a2feaa0c55ad015"`, true},
		{"headers", "X-Anything", `'xoxb-1111111111-aaaaaa'`, true},
		{"headers", "X-Odd", `'it\'s sk_live_4eC39HqLyjWDarjtT1zdp7dc`, true},
		{"basicAuth", "password", `'s3cretss'`, true},
		{"form", "client_secret", `'s3cretss'`, true},
		{"headers", "Authorization", `'Bearer ' + priceToken`, false},
		{"headers", "Authorization", `token`, false},
		{"headers", "X-Api-Key", `context['the-api-key']`, false},
		{"headers", "Content-Type", `'application/vnd.example.orders+json; version=2'`, false},
		{"headers", "Accept", `'text/html,application/xhtml+xml,application/xml;q=0.9'`, false},
		{"headers", "X-Aaaa", `'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1'`, false},
		{"headers", "Cookie", `''`, false},
		{"actions", "404", `sk_live_4eC39HqLyjWDarjtT1zdp7dc`, false},
	} {
		params, err := json.Marshal(map[string]any{"url": "input", test.param: map[string]any{test.key: test.expression, "X-Named": map[string]string{"secret": "AKIAIOSFODNN7EXAMPLE"}}})
		if err != nil {
			t.Fatal(err)
		}
		b := &flow.Blueprint{ID: "b", Nodes: []flow.Node{{ID: "a", Uses: "mine", Params: params}, {ID: "n", Uses: httpnode.Name, Params: params}}}
		got, want := fmt.Sprint(httpnode.Warnings(b)), "nodes[1].params."+test.param+"."+test.key+": CREDENTIAL_IN_BLUEPRINT: "
		if test.want != strings.Contains(got, want) || strings.Contains(got, "X-Named") {
			t.Errorf("%s of %s: %s", test.expression, test.key, got)
		}
		for _, part := range []string{"s3cret", "AKIA", "sk_live", "YWRhO", "9f86"} {
			if strings.Contains(got, part) {
				t.Errorf("%s of %s is shown: %s", test.expression, test.key, got)
			}
		}
	}
}

func TestWarnings_joinedURL(t *testing.T) {
	t.Parallel()
	for expression, want := range map[string]bool{
		`'https://example.com/s?q=' + input.v`:         true,
		`input.base + "/items/1"`:                      true,
		`input.self`:                                   false,
		`'https://example.com/a+b'`:                    false,
		`input.v ? 'https://a.example/' : "https://b"`: false,
		`https://example.com/{id}+1`:                   false,
	} {
		params, err := json.Marshal(map[string]string{"url": expression})
		if err != nil {
			t.Fatal(err)
		}
		b := &flow.Blueprint{ID: "b", Nodes: []flow.Node{{ID: "a", Uses: "mine", Params: params}, {ID: "n", Uses: httpnode.Name, Params: params}}}
		got := httpnode.Warnings(b)
		if !want && len(got) > 0 || want && (len(got) != 1 || got[0].Code != httpnode.CodeJoinedURL || got[0].Path != "nodes[1].params.url") {
			t.Errorf("%s: warnings %v, want one: %t", expression, got, want)
		}
	}
}
