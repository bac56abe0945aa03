package settings_test

import (
	"fmt"
	"testing"

	"github.com/flowcraft-go/flowcraft/internal/settings"
)

func TestParseSize(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"1": 1, "5000000": 5_000_000, "12B": 12, "500KB": 500_000, "5MB": 5_000_000, "5 MB": 5_000_000, "2KiB": 2048, "1MiB": 1 << 20,
	} {
		if got, err := settings.ParseSize(text); err != nil || got != want {
			t.Errorf("ParseSize(%q) = %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "0", "-5MB", "MB", "5GB", "5mb", "5  MB", "1.5MB", "9223372036854775807KB"} {
		if got, err := settings.ParseSize(text); err == nil {
			t.Errorf("ParseSize(%q) = %v, want an error", text, got)
		}
	}
}

// All faulty entries are told at once.
func TestParseFunctions(t *testing.T) {
	t.Parallel()
	setting, _ := settings.Of("LambdaNodes")
	_, err := setting.Parse("a=charge, b ,=c,d=,a=ship,b:c=x")
	want := `entry " b " must be a node type and its function, such as classifyTicket=classify:live; ` +
		`entry "=c" must be a node type and its function, such as classifyTicket=classify:live; ` +
		`entry "d=" must be a node type and its function, such as classifyTicket=classify:live; node type "a" is there twice`
	if err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestParseNetworks(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "[]", "10.0.0.0/8": "[10.0.0.0/8]", "10.1.2.3/8, fd00::/8": "[10.0.0.0/8 fd00::/8]", "127.0.0.1,::1": "[127.0.0.1/32 ::1/128]",
		"true": "[0.0.0.0/0 ::/0]", "1": "[0.0.0.0/0 ::/0]", "false": "[]", "0": "[]",
	} {
		var n settings.NetworksFlag
		if err := n.UnmarshalText([]byte(text)); err != nil || fmt.Sprint(n) != want {
			t.Errorf("%q = %v, %v, want %s", text, n, err, want)
		}
	}
	for _, text := range []string{"yes", "*", "true,10.0.0.0/8", "10.0.0.0/33", "10.0.0.0/8,", "10.0.0.0/8 fd00::/8", "localhost", "10.0.0"} {
		if got, err := settings.ParseNetworks(text); err == nil {
			t.Errorf("ParseNetworks(%q) = %v, want an error", text, got)
		}
	}
}
