package settings_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/internal/settings"
)

var (
	variable = regexp.MustCompile(`^(FLOW|LOG)(_[A-Z]+)+$`)
	named    = regexp.MustCompile("`((?:FLOW|LOG)_[A-Z_]+)`")
	sentence = regexp.MustCompile(`^[A-Z].*\.$`)
)

// An entry is complete, and consistent with the others.
func TestTable(t *testing.T) {
	t.Parallel()
	names, fields := map[string]bool{}, map[string]bool{}
	for _, s := range settings.All() {
		if !variable.MatchString(s.Name) || names[s.Name] || s.Field == "" || fields[s.Field] {
			t.Errorf("%s, field %q: both must be there, and be no other setting's", s.Name, s.Field)
		}
		names[s.Name], fields[s.Field] = true, true
		if !sentence.MatchString(s.Doc) {
			t.Errorf("%s has the documentation %q, want a sentence", s.Name, s.Doc)
		}
		if len(s.Readers) == 0 || s.Kind.Name == "" {
			t.Errorf("%s has no reader, or no kind", s.Name)
		}
		if s.Required && (s.Default != "" || !s.OfFunctions()) {
			t.Errorf("%s is required: of a function, and without a default", s.Name)
		}
		if !s.OfFunctions() && !s.Property {
			t.Errorf("%s is of a deployment, but cannot be set there", s.Name)
		}
	}
	for _, s := range settings.All() {
		for _, other := range named.FindAllStringSubmatch(s.Doc, -1) {
			if !names[other[1]] {
				t.Errorf("%s tells of %s, which there is not", s.Name, other[1])
			}
		}
	}
}

// A default that cannot be read panics.
func TestDefaultsAreOfTheirKinds(t *testing.T) {
	t.Parallel()
	for _, s := range settings.All() {
		if value, err := s.Parse(""); err != nil || value == nil {
			t.Errorf("%s is %v by default, %v", s.Name, value, err)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	got := map[string][]string{}
	for _, field := range []string{"HTTPAllowPrivate", "LogLevel", "Stage", "AlarmTopicARN"} {
		s, ok := settings.Of(field)
		if !ok {
			t.Fatalf("there is no setting of the field %s", field)
		}
		got[field] = []string{s.Name, s.Key(), s.Flag()}
	}
	want := map[string][]string{
		"HTTPAllowPrivate": {"FLOW_HTTP_ALLOW_PRIVATE", "httpAllowPrivate", "--http-allow-private"},
		"LogLevel":         {"LOG_LEVEL", "logLevel", "--log-level"},
		"Stage":            {"FLOW_STAGE", "stage", "--stage"},
		"AlarmTopicARN":    {"FLOW_ALARM_TOPIC_ARN", "alarmTopicArn", "--alarm-topic-arn"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	fields := []string{"StalledAfter", "Nonsense", "Timeout"}
	renamed := settings.Rename(fields, settings.Setting.Flag)
	if strings.Join(renamed, " ") != "--stalled-after Nonsense --timeout" || !slices.Equal(fields, []string{"StalledAfter", "Nonsense", "Timeout"}) {
		t.Errorf("Rename = %q of %q", renamed, fields)
	}
}
