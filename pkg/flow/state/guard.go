package state

import (
	"fmt"
	"strings"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// Guard is the condition of a conditional write, as data. The store in memory evaluates
// it with [Guard.Holds], pkg/dynamo translates it into a condition expression.
// Neither has conditions of its own: all of them are in guards.go. The zero Guard
// always holds.
type Guard struct {
	Op    GuardOp
	Attr  string  // of the item as it is stored: "state", "leaseUntil", …
	Value any     // a string or an int64; times are in the attribute's own unit
	Of    []Guard // the parts of GuardAnd and GuardOr
}

// GuardOp is the operator of a [Guard].
type GuardOp string

// The operators of guards. An ordering never holds for an absent attribute.
const (
	GuardAlways  GuardOp = ""
	GuardAbsent  GuardOp = "absent"
	GuardEqual   GuardOp = "="
	GuardLess    GuardOp = "<"
	GuardAtMost  GuardOp = "<="
	GuardAtLeast GuardOp = ">="
	GuardAnd     GuardOp = "and"
	GuardOr      GuardOp = "or"
)

// Absent holds when the item lacks attr (or does not exist).
func Absent(attr string) Guard { return Guard{Op: GuardAbsent, Attr: attr} }

// Equal holds when attr is value.
func Equal(attr string, value any) Guard {
	return Guard{Op: GuardEqual, Attr: attr, Value: guardValue(value)}
}

// Less holds when attr is present and below value.
func Less(attr string, value int64) Guard { return Guard{Op: GuardLess, Attr: attr, Value: value} }

// Before holds when attr is present and sorts before value, byte by byte.
func Before(attr, value string) Guard { return Guard{Op: GuardLess, Attr: attr, Value: value} }

// AtMost holds when attr is present and not above value.
func AtMost(attr string, value int64) Guard { return Guard{Op: GuardAtMost, Attr: attr, Value: value} }

// AtLeast holds when attr is present and not below value.
func AtLeast(attr string, value int64) Guard {
	return Guard{Op: GuardAtLeast, Attr: attr, Value: value}
}

// And holds when all its parts hold.
func And(of ...Guard) Guard { return Guard{Op: GuardAnd, Of: of} }

// Or holds when at least one of its parts holds.
func Or(of ...Guard) Guard { return Guard{Op: GuardOr, Of: of} }

// Attributes is an item as guards see it: nil for an absent attribute, else a
// string or an int64.
type Attributes interface {
	Attribute(name string) any
}

// Holds evaluates the guard on item; a nil item is one that does not exist.
func (g Guard) Holds(item Attributes) bool {
	switch g.Op {
	case GuardAlways:
		return true
	case GuardAnd:
		for _, part := range g.Of {
			if !part.Holds(item) {
				return false
			}
		}
		return true
	case GuardOr:
		for _, part := range g.Of {
			if part.Holds(item) {
				return true
			}
		}
		return false
	}
	var got any
	if item != nil {
		got = item.Attribute(g.Attr)
	}
	switch g.Op {
	case GuardAbsent:
		return got == nil
	case GuardEqual:
		return got == g.Value
	}
	if text, ok := got.(string); ok && g.Op == GuardLess {
		limit, isText := g.Value.(string)
		return isText && text < limit
	}
	number, ok := got.(int64)
	limit, isNumber := g.Value.(int64)
	if !ok || !isNumber {
		return false
	}
	switch g.Op {
	case GuardLess:
		return number < limit
	case GuardAtMost:
		return number <= limit
	case GuardAtLeast:
		return number >= limit
	}
	return false
}

// String is the condition as one writes it.
func (g Guard) String() string {
	switch g.Op {
	case GuardAlways:
		return "always"
	case GuardAbsent:
		return g.Attr + " absent"
	case GuardAnd, GuardOr:
		var parts []string
		for _, part := range g.Of {
			text := part.String()
			if len(part.Of) > 1 {
				text = "(" + text + ")"
			}
			parts = append(parts, text)
		}
		return strings.Join(parts, " "+string(g.Op)+" ")
	}
	return fmt.Sprintf("%s %s %#v", g.Attr, g.Op, g.Value)
}

// guardValue converts the named types of records to the two types that items have.
func guardValue(v any) any {
	switch v := v.(type) {
	case flow.State:
		return string(v)
	case flow.Status:
		return string(v)
	case int:
		return int64(v)
	default:
		return v
	}
}
