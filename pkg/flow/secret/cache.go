package secret

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// Fresh is how long a value that was read is used.
const Fresh = 5 * time.Minute

// Cache reads secrets from a source and keeps them for [Fresh]. One is enough for a
// process.
type Cache struct {
	source Source
	now    func() time.Time

	mu      sync.Mutex
	entries map[Name]*entry // by the name without a field
}

// entry is a secret of the source. Its lock is held while it is read, so that nodes
// that need it at the same time read it once.
type entry struct {
	turn chan struct{}
	text func() string // nil: not read yet
	read time.Time
}

// NewCache returns an empty cache; a nil now means the real time.
func NewCache(source Source, now func() time.Time) *Cache {
	if now == nil {
		now = time.Now
	}
	return &Cache{source: source, now: now, entries: map[Name]*entry{}}
}

// String returns no secrets.
func (c *Cache) String() string { return "a cache of secrets" }

func (c *Cache) get(ctx context.Context, name Name) (Value, error) {
	return c.read(ctx, name, func(e *entry) bool { return c.now().Sub(e.read) < Fresh })
}

// renew reads a value again, unless that has happened since it was read.
func (c *Cache) renew(ctx context.Context, old Value) (Value, error) {
	return c.read(ctx, old.name, func(e *entry) bool {
		current, err := old.name.field(e.text())
		return err == nil && current != old.Reveal()
	})
}

func (c *Cache) read(ctx context.Context, name Name, usable func(*entry) bool) (Value, error) {
	e := c.entry(name)
	select {
	case e.turn <- struct{}{}:
		defer func() { <-e.turn }()
	case <-ctx.Done():
		return Value{}, failed(name, context.Cause(ctx))
	}
	if e.text == nil || !usable(e) {
		text, err := c.source.Read(ctx, name)
		if err != nil {
			return Value{}, failed(name, err)
		}
		e.text, e.read = func() string { return text }, c.now()
	}
	text, err := name.field(e.text())
	if err != nil {
		return Value{}, failed(name, err)
	}
	return NewValue(name, text), nil
}

func (c *Cache) entry(name Name) *entry {
	name.Field = ""
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[name]
	if !ok {
		e = &entry{turn: make(chan struct{}, 1)}
		c.entries[name] = e
	}
	return e
}

// failed keeps the verdict of err, whose code may be the source's own.
func failed(name Name, err error) error {
	return flow.WithCode(fmt.Errorf("secret %s: %w", name, err), Code)
}

// field returns the text of the name's field, or the whole text.
func (n Name) field(text string) (string, error) {
	if n.Field != "" {
		var fields map[string]json.RawMessage
		if json.Unmarshal([]byte(text), &fields) != nil { // whose error may quote it
			return "", flow.Permanent(errors.New("it is no JSON object, so that it has no fields"))
		}
		raw, ok := fields[n.Field]
		if !ok || json.Unmarshal(raw, &text) != nil || string(raw) == "null" {
			return "", flow.Permanent(errors.New("it has no field of that name that is a string"))
		}
	}
	if text == "" {
		return "", flow.Permanent(errors.New("it is empty"))
	}
	return text, nil
}
