package decide

import "testing"

func TestMember(t *testing.T) {
	t.Parallel()
	const value = `{"list":[10,{"x":9007199254740993}],"text":"abc","":{"dot":1},"null":null}`
	for path, want := range map[string]string{
		"":             value,
		"list.0":       `10`,
		"list.1.x":     `9007199254740993`,
		"list.2":       `null`,
		"list.-1":      `null`,
		"list.01":      `null`, // as in JavaScript, an index has one spelling
		"list.+1":      `null`,
		"list.-0":      `null`,
		"list.1e0":     `null`,
		"list.length":  `null`,
		"text.0":       `null`,
		".dot":         `1`,
		"null.x":       `null`,
		"missing.at.x": `null`,
		"list.1.x.y":   `null`,
	} {
		if got := member([]byte(value), path); string(got) != want {
			t.Errorf("member %q = %s, want %s", path, got, want)
		}
	}
}
