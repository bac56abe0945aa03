package settings_test

import (
	"strings"
	"testing"

	"github.com/flowcraft-go/flowcraft/internal/settings"
)

func TestOwnNetworksAreRefused(t *testing.T) {
	t.Parallel()
	for text, refused := range map[string]int{
		"": 0, "10.0.0.0/8,192.168.1.7,fd00::/8,::ffff:10.0.0.0/104,2001:db8::/32,192.0.0.0/2": 0,
		"127.0.0.1": 1, "127.0.0.0/8": 1, "126.0.0.0/7": 1, "169.254.169.254": 1, "169.0.0.0/8": 1, "0.0.0.0": 1, "0.0.0.0/0": 1,
		"::1": 1, "::": 1, "fe80::1": 1, "fe80::/64": 1, "fc00::/6": 1, "::/0": 1, "::/64": 1,
		"::ffff:127.0.0.1": 1, "::ffff:7f00:0/104": 1, "::ffff:169.254.0.0/112": 1, "::ffff:0:0/96": 1,
		"true": 2, "10.0.0.0/8,127.0.0.1,::1": 2,
	} {
		networks, err := settings.ParseNetworks(text)
		if err != nil {
			t.Fatal(err)
		}
		got := 0
		if err := settings.CheckNetworks(networks); err != nil {
			got = len(strings.Split(err.Error(), "\n"))
		}
		if got != refused {
			t.Errorf("%q: %d faults, want %d", text, got, refused)
		}
	}
}

func TestDeployed(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		environment map[string]string
		want        bool
	}{
		{nil, false},
		{map[string]string{"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001"}, true},
		{map[string]string{"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001", "AWS_LAMBDA_LOG_STREAM_NAME": "2026/05/01/[$LATEST]1"}, true},
		{map[string]string{"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001", "AWS_LAMBDA_LOG_STREAM_NAME": "local"}, false},
	} {
		if got := settings.Deployed(settings.Lookup(test.environment)); got != test.want {
			t.Errorf("%v: %t, want %t", test.environment, got, test.want)
		}
	}
}
