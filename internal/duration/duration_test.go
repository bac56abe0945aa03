package duration_test

import (
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/duration"
)

const day = 24 * time.Hour

func TestParse(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"90s": 90 * time.Second, "1h30m": 90 * time.Minute, "0s": 0, "-5s": -5 * time.Second,
		"90d": 90 * day, "1d12h": 36 * time.Hour, "0.5d": 12 * time.Hour, "2d1ms": 2*day + time.Millisecond,
	} {
		if d, err := duration.Parse(text); err != nil || d != want {
			t.Errorf("Parse(%q) = %v, %v, want %v", text, d, err, want)
		}
	}
	for _, text := range []string{"", "5", "d", "d5h", "-1d", "1d-5h", "1d2d", "12h1d", "1e3d", "NaNd", "Infd", "0x1d", "200000d", "1 d", "5 m", "106751d24000h0m0s1x"} {
		if d, err := duration.Parse(text); err == nil {
			t.Errorf("Parse(%q) = %v, want an error", text, d)
		}
	}
}

func TestFormat(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0: "0s", 90 * time.Second: "1m30s", day: "1d", 90 * day: "90d", 36 * time.Hour: "36h0m0s", -day: "-24h0m0s",
	} {
		got := duration.Format(d)
		if got != want {
			t.Errorf("Format(%v) = %q, want %q", d, got, want)
		}
		if back, err := duration.Parse(got); err != nil || back != d {
			t.Errorf("Parse(%q) = %v, %v, want %v", got, back, err, d)
		}
	}
}
