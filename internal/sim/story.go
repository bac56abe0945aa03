package sim

import (
	"fmt"
	"io"
	"time"
)

// story is the log of a world; without a writer nothing is told.
type story struct{ log io.Writer }

func (s *story) told() bool { return s.log != nil }

// tell writes a line; p is nil for an event without a process.
func (s *story) tell(now time.Duration, p *process, format string, args ...any) {
	if s.log == nil {
		return
	}
	name := "-"
	if p != nil {
		name = p.name
	}
	fmt.Fprintf(s.log, "%12.3f %-12s %s\n", now.Seconds(), name, fmt.Sprintf(format, args...))
}
