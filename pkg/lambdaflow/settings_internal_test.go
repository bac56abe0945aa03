package lambdaflow

import (
	"maps"
	"reflect"
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/settings"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
)

var required = map[string]string{"FLOW_QUEUE_URL": "q", "FLOW_CONTEXT_TABLE": "c", "FLOW_STATUS_TABLE": "s", "FLOW_COORDINATION_TABLE": "k"}

// Each setting that the table gives to a function reaches it: another value in its
// variable changes the loaded settings.
func TestFunctionsHaveTheirSettings(t *testing.T) {
	t.Parallel()
	unset, err := loadSettings(settings.Lookup(required))
	if err != nil {
		t.Fatal(err)
	}
	other := map[string]string{
		"text": "other", "folder": "other", "count": "77", "size": "77KB", "duration": "770h", "networks": "10.77.0.0/16", "switch": "on", "metrics": "off", "level": "ERROR", "functions": "classifyTicket=classify",
	}
	for _, s := range settings.All() {
		if !s.OfFunctions() {
			continue
		}
		vars := maps.Clone(required)
		vars[s.Name] = other[s.Kind.Name]
		if vars[s.Name] == "" {
			t.Fatalf("%s: this test knows no other %s", s.Name, s.Kind.Name)
		}
		set, err := loadSettings(settings.Lookup(vars))
		if err != nil {
			t.Error(err)
		}
		if reflect.DeepEqual(unset, set) {
			t.Errorf("no function has a field for %s: give functionSettings or the engine's configuration the field %s", s.Name, s.Field)
		}
	}
}

// The engine's numbers and times are settings of the functions, so that the
// table knows each field that a ConfigError names.
func TestFieldsOfTheEngineAreSettings(t *testing.T) {
	t.Parallel()
	count := 0
	for _, field := range reflect.VisibleFields(reflect.TypeFor[engine.ReconcilerConfig]()) {
		if field.Type != reflect.TypeFor[time.Duration]() && field.Type.Kind() != reflect.Int {
			continue
		}
		if field.Name == "Memory" {
			continue // Lambda tells it
		}
		count++
		if s, ok := settings.Of(field.Name); !ok || !s.OfFunctions() {
			t.Errorf("the engine's field %s is in no setting of the functions", field.Name)
		}
	}
	if count < 10 {
		t.Errorf("the engine has only %d settings", count)
	}
}

func TestDefaultsAreThoseOfTheEngine(t *testing.T) {
	t.Parallel()
	loaded, err := loadSettings(settings.Lookup(required))
	if err != nil {
		t.Fatal(err)
	}
	own := reflect.ValueOf(engine.Config{}.Fit())
	for field, value := range reflect.ValueOf(loaded.engine.Config).Fields() {
		if _, ok := settings.Of(field.Name); ok && !reflect.DeepEqual(value.Interface(), own.FieldByIndex(field.Index).Interface()) {
			t.Errorf("%s is %v by default, but the engine's default is %v", field.Name, value, own.FieldByIndex(field.Index))
		}
	}
}
