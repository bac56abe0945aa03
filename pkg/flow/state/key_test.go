package state

import "testing"

func TestTaskKey(t *testing.T) {
	t.Parallel()
	for key, want := range map[TaskKey][2]string{
		{Node: "a"}:                           {"a", "a"},
		{Node: "a", Scope: "poll.3"}:          {"a@poll.3", "a@poll.3"},
		{Node: "a@b", Scope: "x#1/y%"}:        {"a%40b@x%231%2Fy%25", "a@b@x#1/y%"},
		{Node: "größe ☃", Scope: "batch[17]"}: {"größe ☃@batch[17]", "größe ☃@batch[17]"},
	} {
		if got := key.Key(); got != want[0] {
			t.Errorf("Key of %+v = %s, want %s", key, got, want[0])
		}
		if got := key.Name(); got != want[1] {
			t.Errorf("Name of %+v = %s, want %s", key, got, want[1])
		}
	}
}
