package env

import (
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"
)

// reader reads one variable after the other and keeps the faults.
type reader struct {
	lookup func(string) (string, bool)
	errs   []error
}

func (r *reader) text(name string) string {
	value, _ := r.lookup(name)
	return value
}

func (r *reader) required(name string) string {
	value := r.text(name)
	if value == "" {
		r.errs = append(r.errs, fmt.Errorf("%s is not set", name))
	}
	return value
}

func (r *reader) duration(name string, fallback time.Duration) time.Duration {
	return read(r, name, fallback, func(text string) (time.Duration, error) {
		d, err := ParseDuration(text)
		if err == nil && d <= 0 {
			err = errors.New("must be positive")
		}
		return d, err
	})
}

func (r *reader) count(name string, fallback int) int {
	return read(r, name, fallback, func(text string) (int, error) {
		n, err := strconv.Atoi(text)
		if err != nil || n <= 0 {
			return 0, errors.New("must be a whole number above 0")
		}
		return n, nil
	})
}

func read[T any](r *reader, name string, fallback T, parse func(string) (T, error)) T {
	text := r.text(name)
	if text == "" {
		return fallback
	}
	value, err := parse(text)
	if err != nil {
		r.errs = append(r.errs, fmt.Errorf("%s is %q: %w", name, text, err))
		return fallback
	}
	return value
}

func parseLevel(text string) (level slog.Level, err error) {
	if level.UnmarshalText([]byte(text)) != nil {
		return level, errors.New("must be one of DEBUG, INFO, WARN, ERROR")
	}
	return level, nil
}

func parseSwitch(text string) (bool, error) {
	if text != "on" && text != "off" {
		return false, errors.New("must be on or off")
	}
	return text == "on", nil
}
