package awsenv

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// source answers the questions that clients of the SDK ask the sources of their
// configuration.
type source struct {
	lookup    func(string) (string, bool)
	ignored   bool // the addresses of the environment
	fips      aws.FIPSEndpointState
	dualStack aws.DualStackEndpointState
}

func (r *reader) source() source {
	s := source{lookup: r.lookup, ignored: r.isSet("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")}
	if r.isSet("AWS_USE_FIPS_ENDPOINT") {
		s.fips = aws.FIPSEndpointStateEnabled
	}
	if r.isSet("AWS_USE_DUALSTACK_ENDPOINT") {
		s.dualStack = aws.DualStackEndpointStateEnabled
	}
	return s
}

// GetServiceBaseEndpoint returns the address of one service.
func (s source) GetServiceBaseEndpoint(_ context.Context, service string) (string, bool, error) {
	url, _ := s.lookup("AWS_ENDPOINT_URL_" + strings.ToUpper(strings.ReplaceAll(service, " ", "_")))
	return url, url != "", nil
}

// GetIgnoreConfiguredEndpoints reports whether the addresses count.
func (s source) GetIgnoreConfiguredEndpoints(context.Context) (bool, bool, error) {
	return s.ignored, true, nil
}

// GetUseFIPSEndpoint reports whether the endpoints that fulfil FIPS are used.
func (s source) GetUseFIPSEndpoint(context.Context) (aws.FIPSEndpointState, bool, error) {
	return s.fips, s.fips != aws.FIPSEndpointStateUnset, nil
}

// GetUseDualStackEndpoint reports whether the endpoints with IPv6 are used.
func (s source) GetUseDualStackEndpoint(context.Context) (aws.DualStackEndpointState, bool, error) {
	return s.dualStack, s.dualStack != aws.DualStackEndpointStateUnset, nil
}
