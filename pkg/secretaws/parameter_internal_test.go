package secretaws

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// The endpoint is that of the SDK's own client.
func TestEndpoint(t *testing.T) {
	t.Parallel()
	const fips, dual = "AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"
	for _, test := range []struct {
		region string
		vars   map[string]string
		want   string
	}{
		{"eu-central-1", nil, "https://ssm.eu-central-1.amazonaws.com/"},
		{"us-east-1", map[string]string{fips: "true"}, "https://ssm-fips.us-east-1.amazonaws.com/"},
		{"eu-central-1", map[string]string{dual: "true", fips: "false"}, "https://ssm.eu-central-1.api.aws/"},
		{"us-east-1", map[string]string{dual: "true", fips: "true"}, "https://ssm-fips.us-east-1.api.aws/"},
		{"cn-north-1", nil, "https://ssm.cn-north-1.amazonaws.com.cn/"},
		{"cn-north-1", map[string]string{dual: "true"}, "https://ssm.cn-north-1.api.amazonwebservices.com.cn/"},
		{"eu-central-1", map[string]string{"AWS_ENDPOINT_URL_SSM": "http://vpce/", fips: "true"}, "http://vpce/"},
	} {
		p := newParameters(aws.Config{}, func(name string) (string, bool) { text, ok := test.vars[name]; return text, ok })
		if got := p.endpoint(test.region); got != test.want {
			t.Errorf("%s with %v: %s, want %s", test.region, test.vars, got, test.want)
		}
	}
}
