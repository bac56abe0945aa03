package settings

import (
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strconv"
	"strings"

	"github.com/flowcraft-go/flowcraft/internal/duration"
)

// Kind is the type of a setting's value, and its form as text.
type Kind struct {
	Name string // for the documentation
	Form string // for the documentation: the form of the text

	zero   any // and with it the type
	parse  func(text string) (any, error)
	format func(value any) string
}

// The kinds of settings.
var (
	Text      = kindOf("text", "any text", asIs, itself)
	Folder    = kindOf("folder", "a path", asIs, itself)
	List      = kindOf("list", "texts with a comma between", parseList, joined)
	Functions = kindOf("functions", "node types and the functions that are their code: `classifyTicket=classify:live,draftAnswer=draft`", parseFunctions, formatFunctions)
	Count     = kindOf("count", "a whole number above 0", parseCount, unlessZero(strconv.Itoa))
	Size      = kindOf("size", "bytes: `500000`, `500KB`, `5MB` or `5MiB`", ParseSize, unlessZero(strconv.Itoa))
	Duration  = kindOf("duration", "`90s`, `5m`, `1h30m`, `90d` or `1d12h`", parsePositive, unlessZero(duration.Format))
	Networks  = kindOf("networks", "networks or addresses with a comma between, such as `10.20.0.0/16,10.30.0.7`, or `true` for all of them", ParseNetworks, formatNetworks)
	Switch    = kindOf("switch", "`on` or `off`", parseSwitch, formatSwitch)
	Metrics   = kindOf("metrics", "`emf` (CloudWatch's embedded metric format) or `off`", parseMetrics, formatMetrics)
	Truth     = kindOf("truth", "`true` or `false`", parseTruth, strconv.FormatBool)
	Level     = kindOf("level", "`DEBUG`, `INFO`, `WARN` or `ERROR`", parseLevel, slog.Level.String)
)

func kindOf[T any](name, form string, parse func(string) (T, error), format func(T) string) Kind {
	var zero T
	return Kind{
		Name: name, Form: form, zero: zero,
		parse:  func(text string) (any, error) { return parse(text) },
		format: func(value any) string { return format(value.(T)) },
	}
}

// text returns the value of a field as a variable's text; "" is the default. A
// string field holds the text as it was given.
func (k Kind) text(field reflect.Value) string {
	if field.Kind() == reflect.String {
		return field.String()
	}
	return k.format(field.Convert(reflect.TypeOf(k.zero)).Interface())
}

// store sets a field to the parsed value of text.
func (k Kind) store(field reflect.Value, value any, text string) {
	v := reflect.ValueOf(value)
	switch {
	case field.Kind() == reflect.String:
		field.SetString(text)
	case v.Kind() == field.Kind() && v.CanConvert(field.Type()):
		field.Set(v.Convert(field.Type()))
	default:
		panic(fmt.Sprintf("settings: a field of type %s cannot hold a %s", field.Type(), k.Name))
	}
}

func asIs(text string) (string, error) { return text, nil }

func itself(text string) string { return text }

// unlessZero returns "" for the zero value, which means the default.
func unlessZero[T comparable](format func(T) string) func(T) string {
	return func(value T) string {
		var zero T
		if value == zero {
			return ""
		}
		return format(value)
	}
}

func parseList(text string) (texts []string, err error) {
	for part := range strings.SplitSeq(text, ",") {
		texts = append(texts, strings.TrimSpace(part))
	}
	return texts, nil
}

func joined(texts []string) string { return strings.Join(texts, ",") }

func parseCount(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n <= 0 {
		return 0, errors.New("must be a whole number above 0")
	}
	return n, nil
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

func formatSwitch(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

func parseMetrics(text string) (bool, error) {
	if text != "emf" && text != "off" {
		return false, errors.New("must be emf, the embedded metric format, or off")
	}
	return text == "emf", nil
}

func formatMetrics(written bool) string {
	if written {
		return "emf"
	}
	return "off"
}

func parseTruth(text string) (bool, error) {
	truth, err := strconv.ParseBool(text)
	if err != nil {
		return false, errors.New("must be true or false")
	}
	return truth, nil
}
