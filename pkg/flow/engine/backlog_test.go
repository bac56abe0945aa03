package engine

import (
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

func TestBacklog(t *testing.T) {
	t.Parallel()
	minutes := func(of ...int) []int { return of }
	tests := map[string]struct {
		visible int
		ages    []int // of the stalled runs, in the order of the index
		want    []int // of the rescued runs, in this order
	}{
		"with nothing visible all are rescued":       {0, minutes(5, 30, 70), minutes(5, 30, 70)},
		"as many visible may be theirs":              {3, minutes(5, 30, 7), nil},
		"more visible are theirs and others'":        {4, minutes(5, 30, 7), nil},
		"beyond the visible the oldest has lost its": {2, minutes(5, 30, 7), minutes(30)},
		"the older go first":                         {1, minutes(5, 30, 7), minutes(30, 7)},
		"after an hour a message is missed":          {10, minutes(59, 60, 5), minutes(60)},
		"a missed run is not held":                   {2, minutes(60, 9, 80, 7, 8), minutes(60, 80, 9)},
		"at the limit":                               {10, minutes(60, 5), minutes(60)},
		"beyond the limit none is":                   {11, minutes(60, 600, 5), nil},
		"far more runs than messages":                {1, minutes(5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16), minutes(15, 14, 13, 12, 11, 10, 9, 8, 7, 6)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now := time.Unix(1e9, 0)
			b := backlog{visible: test.visible, limit: 10}
			var rescued []state.RunRef
			for i, age := range test.ages {
				if b.full() {
					break
				}
				ref := state.RunRef{RunID: strconv.Itoa(i), LastUpdated: now.Add(-time.Duration(age) * time.Minute)}
				if b.rescues(ref, now.Sub(ref.LastUpdated)) {
					rescued = append(rescued, ref)
				}
			}
			var got []int
			for _, ref := range append(rescued, b.lost()...) {
				got = append(got, int(now.Sub(ref.LastUpdated).Minutes()))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("ages of the rescued (-want +got):\n%s", diff)
			}
		})
	}
}
