package settings

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"
)

// NetworksFlag are networks for flags: their text form is that of [ParseNetworks].
type NetworksFlag []netip.Prefix

// UnmarshalText parses the texts that [ParseNetworks] accepts.
func (n *NetworksFlag) UnmarshalText(text []byte) (err error) {
	*n, err = ParseNetworks(string(text))
	return err
}

var errNetworks = errors.New("must be networks or addresses with a comma between, such as 10.20.0.0/16,127.0.0.1, or true for all")

var everywhere = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}

// ParseNetworks parses networks and single addresses, separated by commas; true
// means all networks, and false or no text means none.
func ParseNetworks(text string) (networks []netip.Prefix, err error) {
	if text == "" {
		return nil, nil
	}
	if all, err := strconv.ParseBool(text); err == nil {
		if all {
			networks = everywhere
		}
		return networks, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		network, err := netip.ParsePrefix(part)
		if addr, addrErr := netip.ParseAddr(part); addrErr == nil {
			network, err = addr.Prefix(addr.BitLen())
		}
		if err != nil {
			return nil, errNetworks
		}
		networks = append(networks, network.Masked())
	}
	return networks, nil
}

func formatNetworks(networks []netip.Prefix) string {
	texts := make([]string, len(networks))
	for i, network := range networks {
		texts[i] = network.String()
	}
	return strings.Join(texts, ",")
}
