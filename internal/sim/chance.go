package sim

import (
	"math/rand/v2"
	"time"
)

// chance is the source of randomness of a world, or of a blueprint.
type chance struct{ *rand.Rand }

// newChance returns the source of a seed. Different streams of one seed have nothing
// to do with each other.
func newChance(seed, stream uint64) chance { return chance{rand.New(rand.NewPCG(seed, stream))} }

// one reports true once in n times.
func (c chance) one(n int) bool { return c.IntN(n) == 0 }

// between draws from [a, b], in whole milliseconds.
func (c chance) between(a, b time.Duration) time.Duration {
	return a + time.Duration(c.Int64N(int64((b-a)/time.Millisecond)+1))*time.Millisecond
}
