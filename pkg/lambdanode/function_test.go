package lambdanode_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/lambdanode"
)

func TestParseFunction(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]lambdanode.Function{
		"charge":                          {Name: "charge"},
		"Charge_card-2:live":              {Name: "Charge_card-2", Qualifier: "live"},
		"charge:$LATEST":                  {Name: "charge", Qualifier: "$LATEST"},
		"123456789012:function:charge":    {Account: "123456789012", Name: "charge"},
		"123456789012:function:charge:12": {Account: "123456789012", Name: "charge", Qualifier: "12"},
		strings.Repeat("a", 64):           {Name: strings.Repeat("a", 64)},
		"arn:aws:lambda:eu-central-1:123456789012:function:charge":           {"aws", "eu-central-1", "123456789012", "charge", ""},
		"arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:charge:2": {"aws-us-gov", "us-gov-west-1", "123456789012", "charge", "2"},
	} {
		if got, err := lambdanode.ParseFunction(text); got != want || err != nil {
			t.Errorf("%s: %+v, %v, want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", "*", "charge*", "charge:*", "charge:", ":live", "a b", "charge\n", "charge:live:2", strings.Repeat("a", 65), "charge:" + strings.Repeat("1", 129), "1234567890123:function:charge", "function:charge", "12:function:charge",
		"arn:aws:lambda:*:123456789012:function:charge", "arn:aws:lambda:eu-central-1:*:function:charge", "arn:aws:lambda:eu-central-1:123456789012:layer:charge", "arn:aws:sqs:eu-central-1:123456789012:charge",
	} {
		if got, err := lambdanode.ParseFunction(text); err == nil {
			t.Errorf("%q is taken for a function: %+v", text, got)
		}
	}
}

func TestInvoked(t *testing.T) {
	t.Parallel()
	b, err := flow.ParseBlueprint([]byte(`{"id":"b","nodes":[
		{"id":"a","uses":"lambda","params":{"function":"charge:live"}},
		{"id":"b","uses":"pass","params":{"function":"other"}},
		{"id":"c","uses":"lambda","params":{"functionExpression":"input.name","functions":["ship","*","ship:live"]}},
		{"id":"d","uses":"lambda","params":{"function":"no function"}},
		{"id":"e","uses":"lambda"},
		{"id":"f","uses":"lambda","params":{"function":7}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	want := []lambdanode.Function{{Name: "charge", Qualifier: "live"}, {Name: "ship"}, {Name: "ship", Qualifier: "live"}}
	if diff := cmp.Diff(want, lambdanode.Invoked(b)); diff != "" {
		t.Errorf("functions (-want +got):\n%s", diff)
	}
}
