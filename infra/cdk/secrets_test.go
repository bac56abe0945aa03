package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
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

func TestSecretsAreChecked(t *testing.T) {
	s := settingsOf(t, nil)
	s.Secrets = []string{"shop*", "ssm:"}
	for i := range 60 {
		s.Secrets = append(s.Secrets, fmt.Sprintf("a-secret-%d", i))
	}
	wantFaults(t, s.Validate(), `secret "shop*": must be the name of a secret`, `secret "ssm:": must be`, "secrets: the ARNs of the 60 that the worker reads")
}
