package expression

import "fmt"

// The limits of one expression. Compiling and evaluating any source with any values
// ends within them, or with an error that names the limit.
const (
	maxSource = 10_000    // bytes of source
	maxTokens = 5_000     // words, literals and symbols in it
	maxDepth  = 200       // brackets in brackets
	maxDigits = 1_000     // of a number that is looked at
	maxSize   = 16 << 20  // bytes of a text or a result
	maxWork   = 128 << 20 // bytes read and written by one evaluation
)

// limits holds an evaluation to its bounds. After its first error every step gives
// null, and the error is the result.
type limits struct {
	work int // bytes
	err  error
}

func (l *limits) fail(format string, args ...any) value {
	if l.err == nil {
		l.err = fmt.Errorf(format, args...)
	}
	return value{}
}

// charge accounts for n bytes of work; false when there must be no more.
func (l *limits) charge(n int) bool {
	l.work += n
	if l.work > maxWork {
		l.fail("the expression reads and writes more than %d MB: compute this in a node", maxWork>>20)
	}
	return l.err == nil
}

func (l *limits) fits(n int) bool {
	if n > maxSize {
		l.fail("the expression makes a value of more than %d MB: compute this in a node", maxSize>>20)
	}
	return l.err == nil
}

// readable accounts for looking at a number.
func (l *limits) readable(number value) bool {
	if len(number.raw) > maxDigits {
		l.fail("a number of %d digits can be passed on, but not computed with: the limit is %d", len(number.raw), maxDigits)
	}
	return l.charge(len(number.raw))
}
