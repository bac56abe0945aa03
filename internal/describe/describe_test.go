package describe_test

import (
	"encoding/json"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/describe"
)

type key struct{ Node, Scope string }

type word string

func (w word) String() string { return "the word " + string(w) }

type record struct {
	key
	Key      key
	Name     string
	Count    int
	At       time.Time
	Wait     time.Duration
	Value    json.RawMessage
	Body     []byte
	Next     *record
	Limit    *int
	List     []json.RawMessage
	Map      map[string]key
	Keys     map[key]int
	Any      any
	Err      error
	Word     word
	Logger   *slog.Logger
	Call     func()
	internal string
}

func TestFields(t *testing.T) {
	t.Parallel()
	for want, v := range map[string]any{
		"{}":                               record{},
		"<nil>":                            (*record)(nil),
		"{Name:lamp Count:3}":              &record{Name: "lamp", Count: 3, internal: "hidden"},
		"{Node:a}":                         struct{ Node string }{"a"},
		"{Key:{Node:a Scope:b}}":           record{Key: key{"a", "b"}},
		"{At:2026-01-02T03:04:05.006Z}":    record{At: time.Date(2026, 1, 2, 3, 4, 5, 6e6, time.UTC)},
		"{Wait:1m30s}":                     record{Wait: 90 * time.Second},
		"{Value:(7 bytes) Body:(0 bytes)}": record{Value: json.RawMessage(`{"a":1}`), Body: []byte{}},
		"{Next:{Name:lamp}}":               record{Next: &record{Name: "lamp"}},
		"{Limit:0}":                        record{Limit: new(int)},
		"{List:[(1 bytes) (2 bytes)]}":     record{List: []json.RawMessage{[]byte("1"), []byte("12")}},
		"{Map:map[x:{Node:a} y:{Node:b}]}": record{Map: map[string]key{"y": {Node: "b"}, "x": {Node: "a"}}},
		"{Keys:map[{Node:a}:1]}":           record{Keys: map[key]int{{Node: "a"}: 1}},
		"{Any:5 Err:no luck}":              record{Any: 5, Err: errors.New("no luck")},
		"{Any:{Node:a}}":                   record{Any: key{Node: "a"}},
		"{Word:the word x}":                record{Word: "x"},
		"{Logger:*slog.Logger Call:func}":  record{Logger: slog.Default(), Call: func() {}},
	} {
		if got := describe.Fields(v); got != want {
			t.Errorf("Fields = %s, want %s", got, want)
		}
	}
}

type Key struct{ Node, Scope string }

func TestFieldsOfAnEmbeddedStructAreItsOwn(t *testing.T) {
	t.Parallel()
	v := struct {
		RunID string
		Key
	}{"r", Key{"a", ""}}
	if got, want := describe.Fields(v), "{RunID:r Node:a}"; got != want {
		t.Errorf("Fields = %s, want %s", got, want)
	}
}
