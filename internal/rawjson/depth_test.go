package rawjson_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/flowcraft-go/flowcraft/internal/rawjson"
)

func TestCheckDepth(t *testing.T) {
	t.Parallel()
	for form, pair := range map[string][2]string{"arrays": {"[", "]"}, "objects": {`{"a":`, "}"}, "both": {`[{"b":1,"a":`, "}]"}} {
		per := strings.Count(pair[0], "{") + strings.Count(pair[0], "[")
		for _, depth := range []int{0, 1, 198, 199, 200, 201, 202, 10_000, 1_000_000} {
			value := strings.Repeat(pair[0], depth/per) + "1" + strings.Repeat(pair[1], depth/per)
			err := rawjson.CheckDepth("the output", []byte(value))
			if deep := depth/per*per > 200; (err != nil) != deep {
				t.Errorf("%s, %d levels: %v", form, depth, err)
			}
			if err != nil && (!strings.Contains(err.Error(), "200") || !strings.Contains(err.Error(), "the output")) {
				t.Errorf("%q does not say the limit and the place", err)
			}
		}
	}
	for around, most := range map[int]int{-1: 201, 0: 200, 1: 199} {
		for _, depth := range []int{most, most + 1} {
			value := strings.Repeat("[", depth) + strings.Repeat("]", depth)
			if err := rawjson.CheckDepthIn("it", []byte(value), around); (err != nil) != (depth > most) {
				t.Errorf("%d levels with %d around: %v", depth, around, err)
			}
		}
	}
	brackets := strings.Repeat("[", 300)
	for _, value := range []string{fmt.Sprintf("%q", brackets), `"\"` + brackets + `"`, `{"a\\":"` + brackets + `"}`, strings.Repeat("[],", 300), "", `"`, `"\`} {
		if err := rawjson.CheckDepth("it", []byte(value)); err != nil {
			t.Errorf("%.20s: %v", value, err)
		}
	}
}
