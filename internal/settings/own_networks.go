package settings

import (
	"errors"
	"fmt"
	"net/netip"
)

// ownNetworks are those of the machine itself, which no deployed function may request:
// Lambda's runtime API and the credentials of hosts are there.
var ownNetworks = []netip.Prefix{
	netip.MustParsePrefix("127.0.0.0/8"),
	netip.MustParsePrefix("169.254.0.0/16"),
	netip.MustParsePrefix("0.0.0.0/32"), // the machine itself, as ::
	netip.MustParsePrefix("::1/128"),
	netip.MustParsePrefix("fe80::/10"),
	netip.MustParsePrefix("::/128"),
}

// CheckNetworks returns a fault for each of the networks of FLOW_HTTP_ALLOW_PRIVATE that
// has loopback or link-local addresses in it, also as IPv6 addresses that stand for them.
func CheckNetworks(networks []netip.Prefix) error {
	var errs []error
	for _, network := range networks {
		for _, own := range ownNetworks {
			if network.Overlaps(own) || unmapped(network).Overlaps(own) {
				errs = append(errs, fmt.Errorf("FLOW_HTTP_ALLOW_PRIVATE: %s has addresses of %s in it, where Lambda's runtime or the credentials of a host are: "+
					"name only networks of your own", network, own))
				break
			}
		}
	}
	return errors.Join(errs...)
}

// unmapped returns the IPv4 network for which a network of ::ffff:0:0/96 stands, and
// any other network unchanged.
func unmapped(network netip.Prefix) netip.Prefix {
	if !network.Addr().Is4In6() || network.Bits() < 96 {
		return network
	}
	return netip.PrefixFrom(network.Addr().Unmap(), network.Bits()-96)
}

// Deployed reports whether a function runs in Lambda, and not in the local stack, which
// gives it the log stream local: Lambda lets nobody set that variable.
func Deployed(lookup func(string) (string, bool)) bool {
	api, _ := lookup("AWS_LAMBDA_RUNTIME_API")
	stream, _ := lookup("AWS_LAMBDA_LOG_STREAM_NAME")
	return api != "" && stream != "local"
}
