// Package env reads the environment of the Lambda functions: all settings at
// once, all faults at once.
package env

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// Settings are the environment of the worker and of the reconciler.
type Settings struct {
	QueueURL          string // FLOW_QUEUE_URL, required
	ContextTable      string // FLOW_CONTEXT_TABLE, required
	StatusTable       string // FLOW_STATUS_TABLE, required
	CoordinationTable string // FLOW_COORDINATION_TABLE, required

	Timeout      time.Duration // FLOW_TIMEOUT: the worker function's timeout
	Visibility   time.Duration // FLOW_VISIBILITY: the queue's visibility timeout
	MaxReceives  int           // FLOW_MAX_RECEIVES: the queue's maxReceiveCount
	StalledAfter time.Duration // FLOW_STALLED_AFTER
	Retention    time.Duration // FLOW_RETENTION
	NodeTimeout  time.Duration // FLOW_NODE_TIMEOUT
	Reserve      time.Duration // FLOW_RESERVE

	Blueprints string // FLOW_BLUEPRINTS: a folder, relative to the task root or absolute
	MaxStarts  int    // FLOW_MAX_STARTS
	MaxHops    int    // FLOW_MAX_HOPS
	MaxValue   int    // FLOW_MAX_VALUE, in bytes

	HTTPAllowPrivate []netip.Prefix // FLOW_HTTP_ALLOW_PRIVATE: where the node http may go outside the public internet

	RescueLimit int // FLOW_RESCUE_LIMIT: the jobs that the reconciler sends again in a tick

	LogLevel slog.Level // LOG_LEVEL
	Metrics  bool       // FLOW_METRICS: on or off
	Name     string     // FLOW_NAME: the deployment's in its metrics; "" is the function's
}

// Load reads the settings through lookup, which is [os.LookupEnv] outside of
// tests. A variable that is empty counts as not set. The error joins every
// missing and every malformed setting, each named; the settings that could be
// read are returned with it.
func Load(lookup func(string) (string, bool)) (Settings, error) {
	r := &reader{lookup: lookup}
	s := Settings{
		QueueURL:          r.required("FLOW_QUEUE_URL"),
		ContextTable:      r.required("FLOW_CONTEXT_TABLE"),
		StatusTable:       r.required("FLOW_STATUS_TABLE"),
		CoordinationTable: r.required("FLOW_COORDINATION_TABLE"),

		Timeout:      r.duration("FLOW_TIMEOUT", time.Minute),
		Visibility:   r.duration("FLOW_VISIBILITY", 6*time.Minute),
		MaxReceives:  r.count("FLOW_MAX_RECEIVES", 5),
		StalledAfter: r.duration("FLOW_STALLED_AFTER", 5*time.Minute),
		Retention:    r.duration("FLOW_RETENTION", 90*day),
		NodeTimeout:  r.duration("FLOW_NODE_TIMEOUT", 20*time.Second),
		Reserve:      r.duration("FLOW_RESERVE", 3*time.Second),

		Blueprints: cmp.Or(r.text("FLOW_BLUEPRINTS"), "blueprints"),
		MaxStarts:  r.count("FLOW_MAX_STARTS", 5),
		MaxHops:    r.count("FLOW_MAX_HOPS", 10_000),
		MaxValue:   read(r, "FLOW_MAX_VALUE", 5_000_000, ParseSize),

		HTTPAllowPrivate: read(r, "FLOW_HTTP_ALLOW_PRIVATE", nil, ParseNetworks),

		RescueLimit: r.count("FLOW_RESCUE_LIMIT", 1000),

		LogLevel: read(r, "LOG_LEVEL", slog.LevelInfo, parseLevel),
		Metrics:  read(r, "FLOW_METRICS", true, parseSwitch),
		Name:     r.text("FLOW_NAME"),
	}
	return s, errors.Join(r.errs...)
}

// Warnings tells which timings cost time or work, but no guarantee: a local
// queue may be set so on purpose. Timings that would break a guarantee are
// refused by [engine.New].
func (s Settings) Warnings() []string {
	var warnings []string
	if least := s.Timeout + 2*state.Skew; s.Visibility < least {
		warnings = append(warnings, fmt.Sprintf(
			"FLOW_VISIBILITY %s is less than FLOW_TIMEOUT + %s = %s: messages come back while their lease lives, and each return costs a receive",
			s.Visibility, 2*state.Skew, least))
	}
	if s.MaxReceives < 3 {
		warnings = append(warnings, fmt.Sprintf(
			"FLOW_MAX_RECEIVES %d is less than 3 (a crash, a return, a success): set the queue's maxReceiveCount to 5", s.MaxReceives))
	}
	return warnings
}
