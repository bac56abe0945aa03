package dynamo

import (
	"math/rand/v2"
	"reflect"
	"strconv"
	"testing"
)

// TestBuild_is_as_the_SDK_builds compares expressions that are built for their shape with
// those that the SDK builds for each write.
func TestBuild_is_as_the_SDK_builds(t *testing.T) {
	t.Parallel()
	chance := rand.New(rand.NewPCG(3, 4))
	first := 0
	for range 2000 {
		guard, u := drawGuard(chance, 3), drawUpdate(chance)
		want, wantErr := assemble(guard, u.builder())
		got, err := build(guard, u)
		if err != nil || wantErr != nil {
			t.Fatalf("build: %v, the SDK: %v", err, wantErr)
		}
		if !reflect.DeepEqual(got.Condition(), want.Condition()) || !reflect.DeepEqual(got.Update(), want.Update()) ||
			!reflect.DeepEqual(got.Names(), want.Names()) || !reflect.DeepEqual(got.Values(), want.Values()) {
			t.Fatalf("%+v %+v:\n%+v\nthe SDK:\n%+v", guard, u, got, want)
		}
		if again, _ := build(guard, u); again.compiled == got.compiled {
			first++
		}
	}
	if first < 1900 {
		t.Errorf("only %d of 2000 shapes were built once", first)
	}
}

func drawUpdate(chance *rand.Rand) (u update) {
	for _, name := range []string{"a", "b", "state", "ttl"}[:chance.IntN(5)] {
		value := strconv.Itoa(chance.IntN(5))
		switch chance.IntN(5) {
		case 0:
			u.set(name, text(value))
		case 1:
			u.keep(name, number(int64(chance.IntN(5))))
		case 2:
			u.addAll(name, []int{chance.IntN(5), 7})
		case 3:
			u.count(name, chance.IntN(5))
		default:
			u.remove(name)
		}
	}
	return u
}
