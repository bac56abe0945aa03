package settings

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

// units are tried in this order: a bare B also ends all others.
var units = []struct {
	suffix string
	bytes  int
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"KB", 1e3}, {"MB", 1e6}, {"B", 1}}

var errSize = errors.New("must be a number of bytes above 0, such as 500000, 500KB, 5MB or 5MiB")

// ParseSize parses a number of bytes with an optional unit, with or without a space
// between.
func ParseSize(text string) (int, error) {
	number, factor := text, 1
	for _, unit := range units {
		if before, ok := strings.CutSuffix(text, unit.suffix); ok {
			number, factor = strings.TrimSuffix(before, " "), unit.bytes
			break
		}
	}
	n, err := strconv.Atoi(number)
	if err != nil || n <= 0 || n > math.MaxInt/factor {
		return 0, errSize
	}
	return n * factor, nil
}
