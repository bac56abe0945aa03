package lambdaflow_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/flowcraft-go/flowcraft/internal/servers/stacktest"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// The worker reads a secret from AWS, and leaves it in no table, message, log line or
// report.
func TestSecretLeavesNoTraceInADeployment(t *testing.T) {
	t.Parallel()
	stack := stacktest.New(t)
	var used []string
	outside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) // of the requests to AWS, which are told apart by it
		switch {
		case strings.Contains(string(body), `"SecretId":"shop"`):
			fmt.Fprint(w, `{"SecretString":"{\"key\":\"s3cret+key/1\"}"}`)
		case strings.Contains(string(body), `"Name":"/shop"`):
			fmt.Fprint(w, `{"Parameter":{"Value":"s3cret2"}}`)
		default:
			used = append(used, r.Header.Get("Authorization")+r.Header.Get("X-Key"))
			w.WriteHeader(map[string]int{"/ok": 200, "/fail": 403}[r.URL.Path])
			fmt.Fprintf(w, "%v %s %s", r.Header, url.QueryEscape("s3cret+key/1"), base64.StdEncoding.EncodeToString([]byte("me:s3cret+key/1")))
		}
	}))
	t.Cleanup(outside.Close)
	folder := t.TempDir()
	const blueprint = `{"id":"secrets","nodes":[{"id":"a","uses":"http","params":{"url":"input + '/ok'","headers":{"Authorization":{"secret":"shop#key","prefix":"Bearer "}}}},
		{"id":"b","uses":"http","params":{"url":"run.input + '/fail'","headers":{"X-Key":{"secret":"ssm:/shop"},"X-Old":"'Bearer literal-token'"}}}],"edges":[{"source":"a","target":"b"}]}`
	if err := os.WriteFile(filepath.Join(folder, "secrets.json"), []byte(blueprint), 0o600); err != nil {
		t.Fatal(err)
	}
	api := newRuntimeAPI(t)
	var traces bytes.Buffer
	ctx, stop := context.WithCancel(t.Context())
	vars := environment(stack, api)
	maps.Copy(vars, map[string]string{
		"FLOW_BLUEPRINTS": folder, "FLOW_HTTP_ALLOW_PRIVATE": "127.0.0.1", "LOG_LEVEL": "DEBUG",
		"AWS_ENDPOINT_URL_SECRETS_MANAGER": outside.URL, "AWS_ENDPOINT_URL_SSM": outside.URL,
	})
	cmd := worker(ctx, t, vars)
	cmd.Stdout, cmd.Stderr = &traces, &traces
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	id, err := stack.Client().Start(t.Context(), "secrets", outside.URL)
	if err != nil {
		t.Fatal(err)
	}
	var messages bytes.Buffer
	for range 10 {
		messages.Write(handleBatch(t, api, stack))
		if run, err := stack.Store.Run(t.Context(), id); err == nil && run.Status.Terminal() {
			break
		}
	}
	stop()
	_ = cmd.Wait() // killed
	report, err := stack.Client().Report(t.Context(), id)
	if err != nil || report.Status != flow.Failed || report.Error.Code != "http_403" || fmt.Sprint(used) != "[Bearer s3cret+key/1 s3cret2]" {
		t.Fatalf("the run is %v, %v; the secrets were used as %v\n%s", report, err, used, &traces)
	}
	log := traces.String()
	traces.Write(messages.Bytes())
	fmt.Fprintf(&traces, "%+v %+v %#v", report, report.Error, report)
	for _, table := range []string{stack.Names.ContextTable, stack.Names.StatusTable, stack.Names.CoordinationTable} {
		items, err := stack.DynamoDB.Scan(t.Context(), &dynamodb.ScanInput{TableName: &table})
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(items.Items)
		if err != nil {
			t.Fatal(err)
		}
		traces.Write(text)
		for _, item := range items.Items {
			for _, value := range item {
				traces.WriteString(attributeText(value))
			}
		}
	}
	if !strings.Contains(traces.String(), "shop#key") {
		t.Error("the blueprint is not among the traces")
	}
	if n := strings.Count(log, `"level":"WARN","msg":"blueprint","blueprint_id":"secrets","reason":"nodes[1].params.headers.X-Old: CREDENTIAL_IN_BLUEPRINT`); n != 1 || strings.Contains(log, "literal-token") {
		t.Errorf("%d warnings in the log, want 1 without the text\n%s", n, log)
	}
	for _, form := range []string{"s3cret", url.QueryEscape("+key/1"), base64.StdEncoding.EncodeToString([]byte("cret+key/"))} {
		if at := strings.Index(traces.String(), form); at >= 0 {
			t.Errorf("the secret is in …%s…", traces.String()[max(0, at-200):at+20])
		}
	}
}

// attributeText returns the text of an attribute.
func attributeText(value types.AttributeValue) string {
	switch v := value.(type) {
	case *types.AttributeValueMemberB:
		return string(v.Value)
	case *types.AttributeValueMemberM:
		var text strings.Builder
		for _, inner := range v.Value {
			text.WriteString(attributeText(inner))
		}
		return text.String()
	case *types.AttributeValueMemberL:
		var text strings.Builder
		for _, inner := range v.Value {
			text.WriteString(attributeText(inner))
		}
		return text.String()
	}
	return fmt.Sprint(value)
}
