package state_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// Attributes of foreign messages may have any time: one in the future would let a message
// wait for code for ever, since what it waits for is counted from then on.
func TestTimesOfMessagesAreNotInTheFuture(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(1_800_000_000_000)
	for name, test := range map[string]struct {
		ahead, want time.Duration
	}{
		"past":   {-time.Hour, -time.Hour},
		"now":    {0, 0},
		"future": {time.Hour, 0},
		"far":    {1000 * 24 * time.Hour, 0},
	} {
		text := strconv.FormatInt(now.Add(test.ahead).UnixMilli(), 10)
		m := state.Message{ID: "m", Attributes: map[string]string{state.AttributeSince: text, state.AttributeMissing: text}}
		want := now.Add(test.want)
		if got := m.Since(now); !got.Equal(want) {
			t.Errorf("%s: it was received first at %s, want %s", name, got, want)
		}
		if got := m.MissingSince(now); !got.Equal(want) {
			t.Errorf("%s: it waits for code since %s, want %s", name, got, want)
		}
		wantText := strconv.FormatInt(want.UnixMilli(), 10)
		again := m.Again(now)
		if again[state.AttributeSince] != wantText || again[state.AttributeMissing] != wantText {
			t.Errorf("%s: sent again it carries %v, want %s", name, again, wantText)
		}
	}
	if got := (state.Message{FirstReceived: now.Add(time.Hour)}).Since(now); !got.Equal(now) {
		t.Errorf("a queue with a fast clock received it at %s, want %s", got, now)
	}
}

// A forged number of returns neither delays a message for ever nor lets it come back for
// ever.
func TestReturnsAreBounded(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"": 0, "x": 0, "1e3": 0, "-1": 0, "-9223372036854775808": 0, "7": 7, "1000000": 1_000_000, "1000001": 1_000_000, "9223372036854775807": 1_000_000, "99999999999999999999": 0,
	} {
		m := state.Message{Attributes: map[string]string{state.AttributeReturns: text}}
		if got := m.Returns(); got != want {
			t.Errorf("%q are %d returns, want %d", text, got, want)
		}
	}
}
