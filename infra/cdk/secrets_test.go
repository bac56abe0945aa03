package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
	"github.com/flowcraft-go/flowcraft/pkg/flow/flowtest"
	flowsecret "github.com/flowcraft-go/flowcraft/pkg/flow/secret"
	"github.com/flowcraft-go/flowcraft/pkg/httpnode"
	"github.com/flowcraft-go/flowcraft/pkg/secretaws"
)

// requesting returns a blueprint with a node http that has these headers.
func requesting(headers string) *flow.Blueprint {
	return &flow.Blueprint{ID: "a", Nodes: []flow.Node{{ID: "a", Uses: "http", Params: []byte(`{"url":"input","headers":` + headers + `}`)}}}
}

// The worker may read exactly the secrets that its blueprints name, and those that are
// listed.
func TestSecretsAreGranted(t *testing.T) {
	const arn = "arn:aws:secretsmanager:eu-west-1:210987654321:secret:other-AbCdEf"
	tm := synthesize(t, map[string]any{"secrets": "code, ssm:plain"}, func(s *deployment) {
		s.Blueprints = []*flow.Blueprint{requesting(`{"A":{"secret":"shop/api#key"},"B":{"secret":"shop/api#user"},"C":{"secret":"ssm:/shop/key"},"D":{"secret":"` + arn + `"},"E":"'x'"}`)}
	})
	_, role := tm.one(kindRole, "WorkerRole")
	got := map[string]string{}
	for _, s := range list(at(role, "Properties.Policies.0.PolicyDocument.Statement")) {
		if sid := fmt.Sprint(at(s, "Sid")); sid == "Secrets" || sid == "Parameters" {
			got[sid] = strings.NewReplacer(`{"Fn::Join":["",["`, `"`, `"]]}`, `"`, `",{"Ref":"AWS::`, "<", `"},"`, ">").Replace(texted(s))
		}
	}
	const own = "arn:<Partition>:%s:<Region>:<AccountId>:"
	secrets, parameters := fmt.Sprintf(own, "secretsmanager"), fmt.Sprintf(own, "ssm")
	want := map[string]string{
		"Secrets":    `{"Action":"secretsmanager:GetSecretValue","Effect":"Allow","Resource":["` + arn + `","` + secrets + `secret:code-??????","` + secrets + `secret:shop/api-??????"],"Sid":"Secrets"}`,
		"Parameters": `{"Action":"ssm:GetParameter","Effect":"Allow","Resource":["` + parameters + `parameter/plain","` + parameters + `parameter/shop/key"],"Sid":"Parameters"}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("statements (-want +got):\n%s", diff)
	}
	_, role = synthesize(t, nil).one(kindRole, "WorkerRole")
	if text := texted(role); strings.Contains(text, "secretsmanager") || strings.Contains(text, "ssm:") {
		t.Errorf("a worker without secrets may read some: %s", text)
	}
}

// The requests that a worker makes for the secrets of its blueprints and its code are
// allowed by its role, and no permission is left over.
func TestSecretsThatAreRequestedAreGranted(t *testing.T) {
	const (
		manager   = "arn:aws:secretsmanager:eu-west-1:210987654321:secret:other-AbCdEf"
		parameter = "arn:aws:ssm:eu-west-1:210987654321:parameter/other/key"
	)
	b := requesting(`{"A":{"secret":"shop/api#key"},"B":{"secret":"shop/api#key","prefix":"x "},"C":{"secret":"ssm:/shop/key"},"D":{"secret":"` + manager + `"},"E":{"secret":"` + parameter + `#key"},"F":{"secret":"ssm:plain"}}`)
	tm := synthesize(t, map[string]any{"secrets": "code"}, func(s *deployment) { s.Blueprints = []*flow.Blueprint{b} })
	_, role := tm.one(kindRole, "WorkerRole")
	var allowed []string
	for _, s := range list(at(role, "Properties.Policies.0.PolicyDocument.Statement")) {
		if sid := fmt.Sprint(at(s, "Sid")); sid == "Secrets" || sid == "Parameters" {
			for _, resource := range list(at(s, "Resource")) {
				allowed = append(allowed, fmt.Sprint(at(s, "Action"))+" "+inAccount(resource))
			}
		}
	}
	slices.Sort(allowed)
	if diff := cmp.Diff(requestedSecrets(t, b, "code"), allowed); diff != "" {
		t.Errorf("permissions (-requested +allowed):\n%s", diff)
	}
}

// inAccount returns an ARN of the template, in a stack of an account and a region.
func inAccount(arn any) string {
	parts, ok := at(arn, "Fn::Join.1").([]any)
	if !ok {
		return fmt.Sprint(arn)
	}
	var text strings.Builder
	for _, part := range parts {
		switch texted(part) {
		case `{"Ref":"AWS::Partition"}`:
			text.WriteString("aws")
		case `{"Ref":"AWS::Region"}`:
			text.WriteString("eu-central-1")
		case `{"Ref":"AWS::AccountId"}`:
			text.WriteString("123456789012")
		default:
			fmt.Fprint(&text, part)
		}
	}
	return text.String()
}

// requestedSecrets runs a blueprint and code that reads a secret, and returns the
// permissions that the requests to AWS need, sorted.
func requestedSecrets(t *testing.T, b *flow.Blueprint, code string) []string {
	t.Helper()
	needed := map[string]bool{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Amz-Target") == "" { // the node's own request
			return
		}
		needed[needs(t, r)] = true
		text := `{\"key\":\"value\"}`
		_, _ = fmt.Fprintf(w, `{"SecretString":"%s","Parameter":{"Value":"%s"}}`, text, text) // the run fails without it
	}))
	t.Cleanup(server.Close)
	cache := flowsecret.NewCache(secretaws.New(aws.Config{
		Region: "eu-central-1", BaseEndpoint: &server.URL, Credentials: credentials.NewStaticCredentialsProvider("AKID", "SECRET", ""),
	}), nil)
	run := flowtest.Run(t, b, flow.Registry{"http": httpnode.New(httpnode.Config{AllowPrivate: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}})}, server.URL,
		flowtest.WithConfig(func(c *engine.Config) { c.Middleware = append(c.Middleware, flowsecret.Middleware(cache)) }))
	if run.Status != flow.Completed {
		t.Fatalf("the run is %v: %v", run.Status, run.Error)
	}
	reads := flowsecret.Middleware(cache)(flow.HandlerFunc(func(ctx context.Context, _ *flow.Task) (flow.Result, error) {
		_, err := flowsecret.Get(ctx, code)
		return flow.Result{}, err
	}))
	if _, err := reads.Handle(t.Context(), &flow.Task{}); err != nil {
		t.Fatal(err)
	}
	return slices.Sorted(maps.Keys(needed))
}

// needs returns the permission that a request needs. Secrets Manager adds six characters
// to a name that it is given without them.
func needs(t *testing.T, r *http.Request) string {
	t.Helper()
	var body struct{ SecretID, Name string }
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil { // keys match in any case
		t.Error(err)
	}
	scope := strings.Split(r.Header.Get("Authorization"), "/") // … Credential=AKID/date/region/service/…
	if len(scope) < 4 {
		t.Errorf("the request is not signed: %s", r.Header)
		return ""
	}
	own := "arn:aws:" + scope[3] + ":" + scope[2] + ":123456789012:"
	switch action := r.Header.Get("X-Amz-Target"); {
	case action == "secretsmanager.GetSecretValue" && strings.HasPrefix(body.SecretID, "arn:"):
		return "secretsmanager:GetSecretValue " + body.SecretID
	case action == "secretsmanager.GetSecretValue":
		return "secretsmanager:GetSecretValue " + own + "secret:" + body.SecretID + "-??????"
	case action == "AmazonSSM.GetParameter" && strings.HasPrefix(body.Name, "arn:"):
		return "ssm:GetParameter " + body.Name
	case action == "AmazonSSM.GetParameter":
		return "ssm:GetParameter " + own + "parameter/" + strings.TrimPrefix(body.Name, "/")
	default:
		return action
	}
}

func TestSecretsAreChecked(t *testing.T) {
	s := settingsOf(t, nil)
	s.Secrets = []string{"shop*", "ssm:"}
	for i := range 60 {
		s.Secrets = append(s.Secrets, fmt.Sprintf("a-secret-%d", i))
	}
	wantFaults(t, s.Validate(), `secret "shop*": must be the name of a secret`, `secret "ssm:": must be`, "secrets: the ARNs of the 60 that the worker reads")
}
