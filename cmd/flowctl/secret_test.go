package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// shop is a server that wants a secret, and the blueprints that this module has, with
// one that sends it ("buy").
type shop struct{ folder, blueprint string }

func newShop(t *testing.T) shop {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer s3cret" || r.Header.Get("X-Key") != "s3cret" {
			w.WriteHeader(http.StatusForbidden)
		}
	}))
	t.Cleanup(server.Close)
	s := shop{folder: t.TempDir()}
	s.blueprint = fmt.Sprintf(`{"id":"buy","nodes":[{"id":"n","uses":"http","params":{"url":"'%s'","headers":{
		"Authorization":{"secret":"shop","prefix":"Bearer "},"X-Key":{"secret":"ssm:/shop"}}}}]}`, server.URL)
	files, err := filepath.Glob("../../blueprints/*.json")
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string][]byte{"buy.json": []byte(s.blueprint)}
	for _, file := range files {
		if texts[filepath.Base(file)], err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range texts {
		if err := os.WriteFile(filepath.Join(s.folder, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func TestRun_secret(t *testing.T) {
	noAWS(t)
	args := append(blueprintFile(t, newShop(t).blueprint), "--http-allow-private", "127.0.0.1")
	p := flowctlRun(t.Context(), append(slices.Clip(args), "--secret", "shop=s3cret", "--secret", "ssm:/shop=s3cret")...)
	if p.code != 0 || strings.Contains(p.stdout+p.stderr, "s3cret") {
		t.Errorf("exit %d: %s%s", p.code, p.stdout, p.stderr)
	}
	p = flowctlRun(t.Context(), append(slices.Clip(args), "--secret", "ssm:/shop=s3cret")...)
	if report := p.report(t); p.code != exitFailed || report.Error.Code != "secret" || report.Error.Message != "header Authorization: secret shop: it is not among the secrets that are given" {
		t.Errorf("exit %d, %+v", p.code, report.Error)
	}
	literal := append(blueprintFile(t, strings.Replace(newShop(t).blueprint, `{"secret":"ssm:/shop"}`, `"'sk_live_4eC39HqLyjWDarjtT1zdp7dc'"`, 1)), "--http-allow-private", "127.0.0.1", "--secret", "shop=s3cret")
	p = flowctlRun(t.Context(), literal...)
	if strings.Count(p.stderr, "flowctl: warning: nodes[0].params.headers.X-Key: CREDENTIAL_IN_BLUEPRINT: a text in it looks like a credential") != 1 || strings.Contains(p.stdout+p.stderr, "sk_live") {
		t.Errorf("%s", p.stderr)
	}
	p = flowctlRun(t.Context(), append(slices.Clip(args), "--secret", "a b=1", "--secret", "shop#key=s3cret")...)
	if p.code != exitUsage || !strings.Contains(p.stderr, "--secret a b: the name must be") || !strings.Contains(p.stderr, "--secret shop#key: give the whole secret") || strings.Contains(p.stderr, "s3cret") {
		t.Errorf("exit %d: %s", p.code, p.stderr)
	}
}
