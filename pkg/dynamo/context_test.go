package dynamo

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

func TestContext(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.create(t, state.Run{ID: "r", Status: flow.Running, Input: []byte(`{"item":"lamp","qty":9007199254740993,"gone":1}`)})
	c := NewContext(f.Store, "r", now)
	has := func(key string, want bool) {
		t.Helper()
		got, err := c.Has(t.Context(), key)
		if err != nil || got != want {
			t.Errorf("Has(%s) = %v, %v, want %v", key, got, err, want)
		}
	}
	get := func(key, want string) {
		t.Helper()
		var raw json.RawMessage
		if ok, err := c.Get(t.Context(), key, &raw); err != nil || !ok || string(raw) != want {
			t.Errorf("Get(%s) = %v %s, %v, want %s", key, ok, raw, err, want)
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	get("qty", "9007199254740993")
	has("none", false)

	must(c.Set(t.Context(), "item", map[string]string{"name": "a < b"}))
	must(c.Set(t.Context(), "a@b#c/d%", 1))
	must(c.Set(t.Context(), "null", nil))
	must(c.Delete(t.Context(), "gone"))
	must(c.Delete(t.Context(), "never"))
	get("item", `{"name":"a < b"}`)
	get("a@b#c/d%", "1")
	has("null", true)
	has("gone", false)

	all, err := c.ToJSON(t.Context())
	must(err)
	equal(t, "ToJSON", string(all), `{"a@b#c/d%":1,"item":{"name":"a < b"},"null":null,"qty":9007199254740993}`)

	var number int
	if _, err := c.Get(t.Context(), "item", &number); err == nil {
		t.Error("an object read as a number: no error")
	}
	if err := c.Set(t.Context(), "x", func() {}); err == nil {
		t.Error("a function set: no error")
	}
	if err := c.Set(t.Context(), "", 1); err == nil {
		t.Error("an empty key set: no error")
	}
	equal(t, "ttl", f.stored(t, f.items.value("r", "item")).number(tables.TTL), now.Unix())

	other, err := NewContext(f.Store, "another", now).ToJSON(t.Context())
	must(err)
	equal(t, "another run's", string(other), `{}`)
}

func TestContext_agrees_with_the_engine(t *testing.T) {
	t.Parallel()
	f := setup(t)
	c := NewContext(f.Store, "r", now)
	clock := state.ClockOf(0, 1, state.TaskKey{Node: "n"})
	written := state.Transition{Guard: state.GuardNewer(clock, now), Value: &state.ValueChange{RunID: "r", Expires: now,
		ContextWrite: state.ContextWrite{Key: "k", ContextValue: state.ContextValue{Value: []byte(`1`), Clock: clock}}}}
	f.commit(t, written)
	if ok, err := c.Has(t.Context(), "k"); err != nil || !ok {
		t.Errorf("Has = %v, %v", ok, err)
	}
	if err := c.Patch(t.Context(), Delete("k")); err != nil {
		t.Fatal(err)
	}
	deleted := map[string]state.ContextValue{"k": {Deleted: true, Clock: clock}}
	equal(t, "loaded", f.load(t, state.ReadSet{RunID: "r", Keys: []string{"k"}}).Values, deleted)
	f.commit(t, written) // by a handling that leads on again
	equal(t, "loaded, after the task's write again", f.load(t, state.ReadSet{RunID: "r", Keys: []string{"k"}}).Values, deleted)
}

func TestContextPatch(t *testing.T) {
	t.Parallel()
	f := setup(t)
	c := NewContext(f.Store, "r", now)
	set := func(key string, v any) state.ContextWrite {
		write, err := Set(key, v)
		if err != nil {
			t.Fatal(err)
		}
		return write
	}
	t.Run("the last write to a key counts", func(t *testing.T) {
		writes := []state.ContextWrite{set("a", 1), Delete("b"), set("c", 1), Delete("a"), set("b", 2), set("a", 3), Delete("c")}
		requests, _ := f.wire.during(func() {
			if err := c.Patch(t.Context(), writes...); err != nil {
				t.Fatal(err)
			}
		})
		equal(t, "requests", requests, []string{"UpdateItem", "UpdateItem", "UpdateItem"})
		all, err := c.ToJSON(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "context", string(all), `{"a":3,"b":2}`)
	})
	t.Run("fifty keys, however often, are one patch", func(t *testing.T) {
		var writes []state.ContextWrite
		for n := range 2 * MaxPatch {
			writes = append(writes, set(fmt.Sprint("k", n%MaxPatch), string(largeJSON(2*inWrite))))
		}
		if err := c.Patch(t.Context(), writes...); err != nil {
			t.Error(err)
		}
		if err := c.Patch(t.Context(), append(writes, set("one more", 1))...); err == nil {
			t.Error("fifty-one keys: no error")
		}
		if ok, err := c.Has(t.Context(), "one more"); ok || err != nil {
			t.Errorf("Has(one more) = %v, %v: it was refused", ok, err)
		}
	})
	t.Run("nothing is no request", func(t *testing.T) {
		requests, _ := f.wire.during(func() {
			if err := c.Patch(t.Context()); err != nil {
				t.Error(err)
			}
		})
		equal(t, "requests", len(requests), 0)
	})
	t.Run("the same again later is made again", func(t *testing.T) {
		for _, v := range []int{1, 2, 1} {
			if err := c.Patch(t.Context(), set("x", v), set("y", v)); err != nil {
				t.Fatal(err)
			}
		}
		var x int
		if _, err := c.Get(t.Context(), "x", &x); err != nil || x != 1 {
			t.Errorf("x = %d, %v, want 1", x, err)
		}
	})
}

func TestContext_error_does_not_quote_the_value(t *testing.T) {
	t.Parallel()
	c := NewContext(setup(t).Store, "r", now)
	const secret = "4111111111111111"
	for name, v := range map[string]any{
		"a number too large": new(int32), "not the type": new(struct{ A int }), "a type's own code": new(time.Time),
	} {
		if err := c.Set(t.Context(), "card", json.RawMessage(secret)); err != nil {
			t.Fatal(err)
		}
		_, err := c.Get(t.Context(), "card", v)
		if err == nil || strings.Contains(err.Error(), secret) || !strings.Contains(err.Error(), "get card of run r") {
			t.Errorf("%s: err = %v, want one that names key and run, and no value", name, err)
		}
	}
}
