package prepared

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	transport "github.com/aws/smithy-go/endpoints"
)

// endpointCache resolves the endpoint of a client's requests again only if its parameters
// change: those of the account, with the credentials.
type endpointCache struct {
	dynamodb.EndpointResolverV2
	last atomic.Pointer[resolved]
}

type resolved struct {
	parameters endpointParameters
	endpoint   transport.Endpoint
}

// endpointParameters are those of [dynamodb.EndpointParameters] that decide for tables that
// are given by their names. The ARN of a table may name another account.
type endpointParameters struct {
	region, endpoint, account, mode string
	dualStack, fips, search         bool
}

func isARN(table string) bool { return strings.HasPrefix(table, "arn:") }

// ResolveEndpoint implements [dynamodb.EndpointResolverV2].
func (c *endpointCache) ResolveEndpoint(ctx context.Context, p dynamodb.EndpointParameters) (transport.Endpoint, error) {
	if isARN(aws.ToString(p.ResourceArn)) || slices.ContainsFunc(p.ResourceArnList, isARN) {
		return c.EndpointResolverV2.ResolveEndpoint(ctx, p)
	}
	of := endpointParameters{
		aws.ToString(p.Region), aws.ToString(p.Endpoint), aws.ToString(p.AccountId), aws.ToString(p.AccountIdEndpointMode),
		aws.ToBool(p.UseDualStack), aws.ToBool(p.UseFIPS), aws.ToBool(p.IsSearchOperation),
	}
	if last := c.last.Load(); last != nil && last.parameters == of {
		return last.endpoint, nil
	}
	endpoint, err := c.EndpointResolverV2.ResolveEndpoint(ctx, p)
	if err == nil {
		c.last.Store(&resolved{of, endpoint})
	}
	return endpoint, err
}
