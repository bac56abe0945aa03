package settings

import (
	"errors"
	"fmt"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/duration"
)

// DurationFlag is a [time.Duration] for flags: its text form is that of
// [duration.Parse].
type DurationFlag time.Duration

// UnmarshalText parses the texts that [duration.Parse] accepts.
func (d *DurationFlag) UnmarshalText(text []byte) error {
	parsed, err := duration.Parse(string(text))
	if err != nil {
		return err
	}
	*d = DurationFlag(parsed)
	return nil
}

// least returns the kind of durations that are no shorter than d.
func least(d time.Duration, why string) Kind {
	k := Duration
	k.parse = func(text string) (any, error) {
		value, err := parsePositive(text)
		if err == nil && value < d {
			err = fmt.Errorf("must be at least %s, %s", duration.Format(d), why)
		}
		return value, err
	}
	return k
}

func parsePositive(text string) (time.Duration, error) {
	d, err := duration.Parse(text)
	if err == nil && d <= 0 {
		err = errors.New("must be positive")
	}
	return d, err
}
