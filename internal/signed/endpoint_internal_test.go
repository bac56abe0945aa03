package signed

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// settings is a source of a configuration, by the names of the SDK's variables.
type settings map[string]string

func (s settings) GetServiceBaseEndpoint(_ context.Context, id string) (string, bool, error) {
	url, ok := s[id]
	return url, ok, nil
}

func (s settings) GetIgnoreConfiguredEndpoints(context.Context) (bool, bool, error) {
	return s["ignore"] != "", true, nil
}

func (s settings) GetUseFIPSEndpoint(context.Context) (aws.FIPSEndpointState, bool, error) {
	return map[string]aws.FIPSEndpointState{"true": aws.FIPSEndpointStateEnabled}[s["fips"]], s["fips"] != "", nil
}

func (s settings) GetUseDualStackEndpoint(context.Context) (aws.DualStackEndpointState, bool, error) {
	return map[string]aws.DualStackEndpointState{"true": aws.DualStackEndpointStateEnabled}[s["dual"]], s["dual"] != "", nil
}

// In every partition, the endpoint is that of the SDK's own client.
func TestEndpointsAreThoseOfTheSDK(t *testing.T) {
	t.Parallel()
	for _, region := range []string{
		"eu-central-1", "us-east-1", "mx-central-1", "cn-north-1", "eusc-de-east-1", "us-iso-east-1", "us-isob-east-1", "eu-isoe-west-1", "us-isof-south-1", "us-gov-west-1",
	} {
		for _, flags := range []settings{{}, {"fips": "true"}, {"dual": "true", "fips": "false"}, {"fips": "true", "dual": "true"}} {
			if region == "cn-north-1" && flags["fips"] == "true" {
				continue // China has none that fulfil FIPS
			}
			useFIPS, useDual := flags["fips"] == "true", flags["dual"] == "true"
			invoked, err := lambda.NewDefaultEndpointResolverV2().ResolveEndpoint(t.Context(), lambda.EndpointParameters{Region: &region, UseFIPS: &useFIPS, UseDualStack: &useDual})
			if err != nil {
				t.Fatal(err)
			}
			read, err := secretsmanager.NewDefaultEndpointResolverV2().ResolveEndpoint(t.Context(), secretsmanager.EndpointParameters{Region: &region, UseFIPS: &useFIPS, UseDualStack: &useDual})
			if err != nil {
				t.Fatal(err)
			}
			cfg := aws.Config{ConfigSources: []any{flags}}
			for service, want := range map[Service]string{Lambda: invoked.URI.String(), SecretsManager: read.URI.String()} {
				if got := endpoint(cfg, service, region); got != want {
					t.Errorf("%s in %s with %v: %s, want %s", service.ID, region, flags, got, want)
				}
			}
		}
	}
}

// Parameter Store's endpoints follow the same rules, but for one of GovCloud.
func TestEndpoint(t *testing.T) {
	t.Parallel()
	base := "http://all/"
	for _, test := range []struct {
		region string
		given  settings
		base   *string
		want   string
	}{
		{"eu-central-1", nil, nil, "https://ssm.eu-central-1.amazonaws.com"},
		{"us-east-1", settings{"fips": "true"}, nil, "https://ssm-fips.us-east-1.amazonaws.com"},
		{"us-gov-west-1", settings{"fips": "true"}, nil, "https://ssm.us-gov-west-1.amazonaws.com"},
		{"us-gov-west-1", settings{"fips": "true", "dual": "true"}, nil, "https://ssm-fips.us-gov-west-1.api.aws"},
		{"eu-central-1", settings{"SSM": "http://vpce/", "fips": "true"}, nil, "http://vpce"},
		{"eu-central-1", settings{"SSM": "http://vpce/base"}, &base, "http://vpce/base"},
		{"eu-central-1", settings{"Lambda": "http://vpce/"}, &base, "http://all"},
		{"eu-central-1", settings{"SSM": "http://vpce/", "ignore": "true"}, nil, "https://ssm.eu-central-1.amazonaws.com"},
	} {
		if got := endpoint(aws.Config{BaseEndpoint: test.base, ConfigSources: []any{test.given}}, ParameterStore, test.region); got != test.want {
			t.Errorf("%s with %v: %s, want %s", test.region, test.given, got, test.want)
		}
	}
}
