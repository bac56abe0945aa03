package signed

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// partition is a part of AWS with domains of its own.
type partition struct {
	regions   string // how the names of its regions begin
	domain    string
	dualStack string // the domain of the endpoints with IPv6
	secrets   string // the same of Secrets Manager
}

// The last one is that of all other regions.
var partitions = []partition{
	{"cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn", "amazonaws.com.cn"},
	{"eusc-", "amazonaws.eu", "api.amazonwebservices.eu", "api.amazonwebservices.eu"},
	{"us-iso-", "c2s.ic.gov", "api.aws.ic.gov", "api.aws.ic.gov"},
	{"us-isob-", "sc2s.sgov.gov", "api.aws.scloud", "api.aws.scloud"},
	{"eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk", "api.cloud-aws.adc-e.uk"},
	{"us-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov", "api.aws.hci.ic.gov"},
	{"", "amazonaws.com", "api.aws", "amazonaws.com"},
}

// endpoint returns the address of a service in a region, without a slash at its end.
func endpoint(cfg aws.Config, service Service, region string) string {
	if url := override(cfg, service); url != "" {
		return strings.TrimRight(url, "/")
	}
	host := service.Name
	if fips(cfg) && !(service.sameInGovCloud() && strings.HasPrefix(region, "us-gov-") && !dualStack(cfg)) {
		host += "-fips"
	}
	i := slices.IndexFunc(partitions, func(p partition) bool { return strings.HasPrefix(region, p.regions) })
	return "https://" + host + "." + region + "." + partitions[i].of(service, dualStack(cfg))
}

// of returns the domain of a service's endpoints.
func (p partition) of(service Service, dualStack bool) string {
	switch {
	case !dualStack:
		return p.domain
	case service == SecretsManager:
		return p.secrets
	}
	return p.dualStack
}

// sameInGovCloud reports whether the endpoints of GovCloud that fulfil FIPS have no
// names of their own.
func (s Service) sameInGovCloud() bool { return s == ParameterStore }

// The sources of a configuration that the SDK's clients ask too.
type (
	endpointSource interface {
		GetServiceBaseEndpoint(ctx context.Context, service string) (string, bool, error)
	}
	ignoringSource interface {
		GetIgnoreConfiguredEndpoints(context.Context) (bool, bool, error)
	}
	fipsSource interface {
		GetUseFIPSEndpoint(context.Context) (aws.FIPSEndpointState, bool, error)
	}
	dualStackSource interface {
		GetUseDualStackEndpoint(context.Context) (aws.DualStackEndpointState, bool, error)
	}
)

// override returns the address that the settings give to a service, or "". One of the
// service goes before one of all services.
func override(cfg aws.Config, service Service) string {
	if ignored, found := first(cfg, ignoringSource.GetIgnoreConfiguredEndpoints); !found || !ignored {
		if url, found := first(cfg, func(s endpointSource, ctx context.Context) (string, bool, error) {
			return s.GetServiceBaseEndpoint(ctx, service.ID)
		}); found {
			return url
		}
	}
	return aws.ToString(cfg.BaseEndpoint)
}

func fips(cfg aws.Config) bool {
	state, _ := first(cfg, fipsSource.GetUseFIPSEndpoint)
	return state == aws.FIPSEndpointStateEnabled
}

func dualStack(cfg aws.Config) bool {
	state, _ := first(cfg, dualStackSource.GetUseDualStackEndpoint)
	return state == aws.DualStackEndpointStateEnabled
}

// first returns the answer of the first source that has one.
func first[S, V any](cfg aws.Config, ask func(S, context.Context) (V, bool, error)) (value V, found bool) {
	for _, source := range cfg.ConfigSources {
		if s, ok := source.(S); ok {
			if value, found, err := ask(s, context.Background()); found && err == nil {
				return value, true
			}
		}
	}
	return value, false
}
