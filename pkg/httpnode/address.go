package httpnode

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"syscall"
)

// refusedError is the refusal of an address.
type refusedError struct{ addr netip.Addr }

func (e *refusedError) Error() string {
	return fmt.Sprintf("%s is not on the public internet, and FLOW_HTTP_ALLOW_PRIVATE does not name its network", e.addr)
}

// guard checks each address just before it is dialled: after its name was resolved,
// so that no name, redirect or second look-up can bypass the check.
func guard(allowed []netip.Prefix) func(context.Context, string, string, syscall.RawConn) error {
	return func(_ context.Context, _, address string, _ syscall.RawConn) error {
		parsed, err := netip.ParseAddrPort(address)
		if err != nil {
			return fmt.Errorf("address %q: %w", address, err)
		}
		addr := parsed.Addr().WithZone("").Unmap()
		if public(addr) || slices.ContainsFunc(allowed, func(p netip.Prefix) bool { return p.Contains(addr) }) {
			return nil
		}
		return &refusedError{addr}
	}
}

// public reports whether an address is of the public internet. For IPv6 these are the
// allocated addresses (2000::/3), and those that stand for a public IPv4 address in
// IPv6-only networks (NAT64).
func public(addr netip.Addr) bool {
	if addr.Is4() {
		return !in(addr, special4)
	}
	if nat64.Contains(addr) {
		bytes := addr.As16()
		return public(netip.AddrFrom4([4]byte(bytes[12:])))
	}
	return global6.Contains(addr) && !in(addr, special6)
}

func in(addr netip.Addr, prefixes []netip.Prefix) bool {
	return slices.ContainsFunc(prefixes, func(p netip.Prefix) bool { return p.Contains(addr) })
}

var (
	// The special-purpose addresses of IANA's registries, and multicast.
	special4 = prefixes(
		"0.0.0.0/8",       // this network
		"10.0.0.0/8",      // private
		"100.64.0.0/10",   // shared, behind a carrier's NAT
		"127.0.0.0/8",     // loopback: Lambda's Runtime API, among others
		"169.254.0.0/16",  // link-local: metadata and credentials of instances and containers
		"172.16.0.0/12",   // private
		"192.0.0.0/24",    // protocol assignments
		"192.0.2.0/24",    // documentation
		"192.88.99.0/24",  // 6to4 relays
		"192.168.0.0/16",  // private
		"198.18.0.0/15",   // benchmarks
		"198.51.100.0/24", // documentation
		"203.0.113.0/24",  // documentation
		"224.0.0.0/4",     // multicast
		"240.0.0.0/4",     // reserved, broadcast
	)
	global6  = netip.MustParsePrefix("2000::/3")
	special6 = prefixes(
		"2001::/23",     // protocol assignments: Teredo, which wraps IPv4, among others
		"2001:db8::/32", // documentation
		"2002::/16",     // 6to4, which wraps IPv4
		"3fff::/20",     // documentation
	)
	nat64 = netip.MustParsePrefix("64:ff9b::/96")
)

func prefixes(texts ...string) (parsed []netip.Prefix) {
	for _, text := range texts {
		parsed = append(parsed, netip.MustParsePrefix(text))
	}
	return parsed
}
