package dynamo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/rawjson"
	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// MaxPatch is the number of keys that one [Context.Patch] may change, the same as
// for one node.
const MaxPatch = flow.MaxContextWrites

// Context is Flowcraft's context of one run: the values that its nodes share by
// name. It is for code beside the engine; node code has [flow.Task.Get] and
// [flow.Task.Set], whose writes take effect with the node's outcome. The writes of
// a Context take effect at once, and of two writers to one key the last wins. A worker
// that performs several nodes of a run under one message does not read again the keys
// that it knows, and one that has started the run knows them all: it may see a write of
// a Context only from a later message on. Values that a run needs from the start belong
// into its input.
//
// The top-level keys of an object given as the run's input can be read like keys
// that were set. Deleting one hides it, but the input itself stays.
//
// Reads are consistent, and repeating any method is safe. No method checks whether
// the run exists, or its status.
type Context struct {
	store   *Store
	runID   string
	expires time.Time
}

// String names the run.
func (c *Context) String() string { return "the context of run " + c.runID }

// NewContext returns the context of a run. Its writes count as absent after
// expires, which should be as for the run's other items
// ([state.Run.RecordsExpire]). The zero time keeps them for ever.
func NewContext(store *Store, runID string, expires time.Time) *Context {
	return &Context{store, runID, expires}
}

// Get decodes a key's value into v, and reports whether the key has a value.
func (c *Context) Get(ctx context.Context, key string, v any) (bool, error) {
	value, err := c.get(ctx, key)
	if err != nil || value == nil {
		return false, err
	}
	if err := json.Unmarshal(value, v); err != nil {
		return false, fmt.Errorf("get %s of run %s: %w", key, c.runID, errors.New(rawjson.DecodeFault(err)))
	}
	return true, nil
}

// Has reports whether a key has a value; null is a value.
func (c *Context) Has(ctx context.Context, key string) (bool, error) {
	value, err := c.get(ctx, key)
	return value != nil, err
}

func (c *Context) get(ctx context.Context, key string) (json.RawMessage, error) {
	read := state.ReadSet{RunID: c.runID, Input: true, Keys: []string{key}}
	snapshot, err := c.store.Load(ctx, read)
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", key, err)
	}
	if value, ok := snapshot.Values[key]; ok {
		return value.Value, nil
	}
	return inputFields(snapshot.Input)[key], nil
}

// inputFields returns the keys given by a run's input; none unless it is an object.
func inputFields(input json.RawMessage) map[string]json.RawMessage {
	var fields map[string]json.RawMessage
	if len(input) == 0 || json.Unmarshal(input, &fields) != nil {
		return nil
	}
	return fields
}

// Set stores v as JSON under key.
func (c *Context) Set(ctx context.Context, key string, v any) error {
	write, err := Set(key, v)
	if err != nil {
		return fmt.Errorf("set %s of run %s: %w", key, c.runID, err)
	}
	return c.Patch(ctx, write)
}

// Delete removes a key's value; a missing value is no error.
func (c *Context) Delete(ctx context.Context, key string) error {
	return c.Patch(ctx, Delete(key))
}

// Set returns the write that stores v as JSON under key, for [Context.Patch].
func Set(key string, v any) (state.ContextWrite, error) {
	value, err := rawjson.Encode(v)
	return state.ContextWrite{Key: key, ContextValue: state.ContextValue{Value: value}}, err
}

// Delete returns the write that removes a key's value, for [Context.Patch].
func Delete(key string) state.ContextWrite {
	return state.ContextWrite{Key: key, ContextValue: state.ContextValue{Deleted: true}}
}

// Patch makes the writes one after the other, and ends at the first that fails: those
// before it have taken effect. Of several writes to one key the last counts. More than
// [MaxPatch] keys are refused.
func (c *Context) Patch(ctx context.Context, writes ...state.ContextWrite) error {
	writes = lastWrites(writes)
	if len(writes) > MaxPatch {
		return fmt.Errorf("patch run %s: %d keys are more than the %d that one patch changes", c.runID, len(writes), MaxPatch)
	}
	return wrap(c.patch(ctx, writes), "patch run %s", c.runID)
}

func lastWrites(writes []state.ContextWrite) []state.ContextWrite {
	last := make(map[string]int, len(writes))
	for i, write := range writes {
		last[write.Key] = i
	}
	var kept []state.ContextWrite
	for i, write := range writes {
		if last[write.Key] == i {
			kept = append(kept, write)
		}
	}
	return kept
}

// patch checks the keys, and writes them.
func (c *Context) patch(ctx context.Context, writes []state.ContextWrite) error {
	for _, write := range writes {
		if write.Key == "" {
			return errors.New("a key is empty")
		}
		if err := rawjson.CheckDepth("key "+write.Key, write.Value); err != nil {
			return err
		}
	}
	for _, write := range writes {
		if err := c.write(ctx, write); err != nil {
			return fmt.Errorf("key %s: %w", write.Key, err)
		}
	}
	return nil
}

// write writes a context key. The clock of the task that wrote it last stays, so that the
// task's write, which may be applied again, does not come back.
//
// Key: context/(run, ctx#NAME). Condition: the item has not expired, else it is deleted
// first. Effect: the value, or its deletion.
func (c *Context) write(ctx context.Context, write state.ContextWrite) error {
	s, now := c.store, c.store.requests.config.Now()
	it := s.items.valueItem(c.runID, write, c.expires)
	if err := s.values.write(ctx, s.items.spill(it, inWrite)); err != nil {
		return err
	}
	var u update
	u.replace(it, tables.Value, tables.Value+tables.RefSuffix, tables.Deleted, tables.TTL)
	_, err := s.requests.replace(ctx, s.items.value(c.runID, write.Key), state.GuardFresh(now), u, now)
	return err
}

// ToJSON returns all keys and their values as one object. It costs a query of the
// run's keys; the outputs of nodes are not included.
func (c *Context) ToJSON(ctx context.Context) (json.RawMessage, error) {
	all, err := c.all(ctx)
	if err != nil {
		return nil, fmt.Errorf("read context of run %s: %w", c.runID, err)
	}
	return rawjson.Encode(all)
}

func (c *Context) all(ctx context.Context) (map[string]json.RawMessage, error) {
	snapshot, err := c.store.Load(ctx, state.ReadSet{RunID: c.runID, Input: true})
	if err != nil {
		return nil, err
	}
	all := inputFields(snapshot.Input)
	if all == nil {
		all = make(map[string]json.RawMessage)
	}
	for it, err := range (&listing{values: c.store.values, prefix: contextPrefix}).items(ctx, c.runID) {
		if err != nil {
			return nil, err
		}
		key := keyOf(it)
		if value := valueOf(it); value.Deleted {
			delete(all, key)
		} else {
			all[key] = value.Value
		}
	}
	return all, nil
}
