// Package duration parses and formats durations with days.
package duration

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

var errDuration = errors.New("must be a duration such as 90s, 5m, 1h30m, 90d or 1d12h")

// Parse parses Go's durations with optional days in front: 90d, 1d12h, 0.5d. A day
// has 24 hours.
func Parse(text string) (time.Duration, error) {
	days, rest, ok := strings.Cut(text, "d")
	if !ok {
		return parseClock(text)
	}
	n, err := strconv.ParseFloat(days, 64)
	if err != nil || strings.Trim(days, "0123456789.") != "" || n > float64(math.MaxInt64/2/day) {
		return 0, errDuration
	}
	total := time.Duration(n * float64(day))
	if rest == "" {
		return total, nil
	}
	clock, err := parseClock(rest)
	if err != nil || clock < 0 || clock > math.MaxInt64/2 {
		return 0, errDuration
	}
	return total + clock, nil
}

func parseClock(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, errDuration
	}
	return d, nil
}

// Format writes a duration as a person would, if that is exact: 90d, 5m0s.
func Format(d time.Duration) string {
	if d >= day && d%day == 0 {
		return strconv.FormatInt(int64(d/day), 10) + "d"
	}
	return d.String()
}
