package engine

import "testing"

func TestChainsTogetherKeepAQuarterOfTheMemory(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		config Config
		want   int
	}{
		"unknown memory": {Config{Parallel: 32}, 16 << 20},
		"little memory":  {Config{Parallel: 32, Memory: 256 << 20}, 2 << 20},
		"much memory":    {Config{Parallel: 32, Memory: 10 << 30}, 16 << 20},
	} {
		if got := test.config.mostHeld(); got != test.want {
			t.Errorf("%s: %d bytes, want %d", name, got, test.want)
		}
	}
}
