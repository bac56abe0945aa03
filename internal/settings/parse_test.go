package settings_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/settings"
)

func TestParseDuration(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"90s": 90 * time.Second, "1h30m": 90 * time.Minute, "0s": 0, "-5s": -5 * time.Second,
		"90d": 90 * 24 * time.Hour, "1d12h": 36 * time.Hour, "0.5d": 12 * time.Hour, "2d1ms": 48*time.Hour + time.Millisecond,
	} {
		var d settings.DurationFlag
		if err := d.UnmarshalText([]byte(text)); err != nil || time.Duration(d) != want {
			t.Errorf("%q = %v, %v, want %v", text, time.Duration(d), err, want)
		}
	}
	for _, text := range []string{"", "5", "d", "d5h", "-1d", "1d-5h", "1d2d", "12h1d", "1e3d", "NaNd", "Infd", "0x1d", "200000d", "1 d", "5 m", "106751d24000h0m0s1x"} {
		d := settings.DurationFlag(7)
		if err := d.UnmarshalText([]byte(text)); err == nil || d != 7 {
			t.Errorf("%q was accepted as %v", text, time.Duration(d))
		}
	}
}

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
