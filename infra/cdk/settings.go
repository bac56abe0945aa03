package main

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/flowcraft-go/flowcraft/infra/cdk/flowcdk"
	"github.com/flowcraft-go/flowcraft/internal/env"
)

// settings are a deployment's.
type settings struct {
	flowcdk.Props
	alarmTopicARN string
}

// setting is one of them: a key of the CDK context (-c stage=prod, or in
// cdk.json), or a variable of the environment, which the context overrules.
type setting struct {
	key, variable string
	set           func(*settings, string) error
}

var known = []setting{
	{"stage", "FLOW_STAGE", text(func(s *settings) *string { return &s.Stage })},
	{"retain", "FLOW_RETAIN", parsed(strconv.ParseBool, func(s *settings) *bool { return &s.Retain })},
	{"timeout", "FLOW_TIMEOUT", duration(func(s *settings) *time.Duration { return &s.Timeout })},
	{"nodeTimeout", "FLOW_NODE_TIMEOUT", duration(func(s *settings) *time.Duration { return &s.NodeTimeout })},
	{"reserve", "FLOW_RESERVE", duration(func(s *settings) *time.Duration { return &s.Reserve })},
	{"stalledAfter", "FLOW_STALLED_AFTER", duration(func(s *settings) *time.Duration { return &s.StalledAfter })},
	{"tick", "FLOW_TICK", duration(func(s *settings) *time.Duration { return &s.Tick })},
	{"retention", "FLOW_RETENTION", duration(func(s *settings) *time.Duration { return &s.Retention })},
	{"visibility", "FLOW_VISIBILITY", duration(func(s *settings) *time.Duration { return &s.Visibility })},
	{"maxReceives", "FLOW_MAX_RECEIVES", count(func(s *settings) *int { return &s.MaxReceives })},
	{"batchSize", "FLOW_BATCH_SIZE", count(func(s *settings) *int { return &s.BatchSize })},
	{"batchWindow", "FLOW_BATCH_WINDOW", duration(func(s *settings) *time.Duration { return &s.BatchWindow })},
	{"maxConcurrency", "FLOW_MAX_CONCURRENCY", count(func(s *settings) *int { return &s.MaxConcurrency })},
	{"reservedConcurrency", "FLOW_RESERVED_CONCURRENCY", count(func(s *settings) *int { return &s.ReservedConcurrency })},
	{"memory", "FLOW_MEMORY", count(func(s *settings) *int { return &s.Memory })},
	{"maxStarts", "FLOW_MAX_STARTS", count(func(s *settings) *int { return &s.MaxStarts })},
	{"maxHops", "FLOW_MAX_HOPS", count(func(s *settings) *int { return &s.MaxHops })},
	{"maxValue", "FLOW_MAX_VALUE", parsed(env.ParseSize, func(s *settings) *int { return &s.MaxValue })},
	{"rescueLimit", "FLOW_RESCUE_LIMIT", count(func(s *settings) *int { return &s.RescueLimit })},
	{"logLevel", "LOG_LEVEL", text(func(s *settings) *string { return &s.LogLevel })},
	{"logRetention", "FLOW_LOG_RETENTION", duration(func(s *settings) *time.Duration { return &s.LogRetention })},
	{"oldestMessage", "FLOW_OLDEST_MESSAGE", duration(func(s *settings) *time.Duration { return &s.OldestMessage })},
	{"failedRuns", "FLOW_FAILED_RUNS", count(func(s *settings) *int { return &s.FailedRuns })},
	{"alarmTopicArn", "FLOW_ALARM_TOPIC_ARN", text(func(s *settings) *string { return &s.alarmTopicARN })},
}

func text(field func(*settings) *string) func(*settings, string) error {
	return func(s *settings, value string) error {
		*field(s) = value
		return nil
	}
}

func duration(field func(*settings) *time.Duration) func(*settings, string) error {
	return parsed(positive(env.ParseDuration), field)
}

func count(field func(*settings) *int) func(*settings, string) error {
	return parsed(positive(func(value string) (int, error) {
		n, err := strconv.Atoi(value)
		if err != nil {
			return 0, errors.New("must be a whole number")
		}
		return n, nil
	}), field)
}

// positive refuses 0, which would silently be the default.
func positive[T cmp.Ordered](parse func(string) (T, error)) func(string) (T, error) {
	return func(value string) (T, error) {
		v, err := parse(value)
		if zero := *new(T); err == nil && v <= zero {
			err = errors.New("must be positive")
		}
		return v, err
	}
}

func parsed[T any](parse func(string) (T, error), field func(*settings) *T) func(*settings, string) error {
	return func(s *settings, value string) (err error) {
		*field(s), err = parse(value)
		return err
	}
}

// readSettings reads context and environment. The error names everything that
// cannot be read, and keys of the context that mean nothing: a typing error
// must not deploy a default.
func readSettings(context map[string]any, lookup func(string) (string, bool)) (settings, error) {
	s := settings{}
	errs := []error{checkKeys(context)}
	for _, one := range known {
		value, source := asText(context[one.key]), "context "+one.key
		if value == "" {
			value, _ = lookup(one.variable)
			source = one.variable
		}
		if value == "" {
			continue
		}
		if err := one.set(&s, value); err != nil {
			errs = append(errs, fmt.Errorf("%s is %q: %w", source, value, err))
		}
	}
	return s, errors.Join(errs...)
}

// checkKeys looks at plain keys only; those with @, : and / are the CDK's.
func checkKeys(context map[string]any) error {
	var errs []error
	for _, key := range slices.Sorted(maps.Keys(context)) {
		ours := slices.ContainsFunc(known, func(one setting) bool { return one.key == key })
		if !ours && !strings.ContainsAny(key, "@:/") {
			errs = append(errs, fmt.Errorf("context %s: there is no such setting; there are %s", key, strings.Join(keys(), ", ")))
		}
	}
	return errors.Join(errs...)
}

func keys() []string {
	var all []string
	for _, one := range known {
		all = append(all, one.key)
	}
	return all
}

// asText is of a value as it may stand in cdk.json.
func asText(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return fmt.Sprint(value)
}
