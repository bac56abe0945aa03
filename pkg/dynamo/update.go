package dynamo

import (
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// update collects the actions of an UpdateItem.
type update []action

// action changes one attribute.
type action struct {
	does  verb
	name  string
	value types.AttributeValue // nil: none
}

// verb is what an action does to its attribute.
type verb byte

const (
	sets    verb = 's'
	keeps   verb = 'k' // sets it unless it exists
	adds    verb = 'a'
	counts  verb = 'c' // adds one; the value is that of an attribute that does not exist
	removes verb = 'r'
)

func (u *update) do(does verb, name string, value types.AttributeValue) {
	*u = append(*u, action{does, name, value})
}

func (u *update) set(name string, value types.AttributeValue) { u.do(sets, name, value) }

// keep sets an attribute unless it exists.
func (u *update) keep(name string, value types.AttributeValue) { u.do(keeps, name, value) }

func (u *update) add(name string, value types.AttributeValue) { u.do(adds, name, value) }

// count adds one to a number, which is from where it does not exist.
func (u *update) count(name string, from int) { u.do(counts, name, number(int64(from))) }

// addAll adds to a set of numbers; it does nothing for an empty list.
func (u *update) addAll(name string, numbers []int) {
	if len(numbers) > 0 {
		u.add(name, numberSet(numbers))
	}
}

func (u *update) remove(name string) { u.do(removes, name, nil) }

// replace sets the named attributes to those of it, and removes those absent in it.
func (u *update) replace(it item, names ...string) {
	for _, name := range names {
		if value := it[name]; value != nil {
			u.set(name, value)
		} else {
			u.remove(name)
		}
	}
}

// builder returns the SDK's form of the update; nil if it has no actions.
func (u update) builder() *expression.UpdateBuilder {
	if len(u) == 0 {
		return nil
	}
	var b expression.UpdateBuilder
	for _, a := range u {
		name, value := expression.Name(a.name), expression.Value(a.value)
		switch a.does {
		case sets:
			b = b.Set(name, value)
		case keeps:
			b = b.Set(name, name.IfNotExists(value))
		case adds:
			b = b.Add(name, value)
		case counts:
			b = b.Set(name, expression.Plus(name.IfNotExists(value), expression.Value(number(1))))
		case removes:
			b = b.Remove(name)
		}
	}
	return &b
}
