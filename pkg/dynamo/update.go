package dynamo

import (
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// update collects the actions of an UpdateItem.
type update struct {
	expr expression.UpdateBuilder
	some bool
}

func (u *update) set(name string, value types.AttributeValue) {
	u.expr, u.some = u.expr.Set(expression.Name(name), expression.Value(value)), true
}

// keep sets an attribute unless it exists.
func (u *update) keep(name string, value types.AttributeValue) {
	attr := expression.Name(name)
	u.expr, u.some = u.expr.Set(attr, attr.IfNotExists(expression.Value(value))), true
}

func (u *update) add(name string, value types.AttributeValue) {
	u.expr, u.some = u.expr.Add(expression.Name(name), expression.Value(value)), true
}

// count adds one to a number, which is from where it does not exist.
func (u *update) count(name string, from int) {
	attr := expression.Name(name)
	u.expr = u.expr.Set(attr, expression.Plus(attr.IfNotExists(expression.Value(number(int64(from)))), expression.Value(number(1))))
	u.some = true
}

// addAll adds to a set of numbers; it does nothing for an empty list.
func (u *update) addAll(name string, numbers []int) {
	if len(numbers) > 0 {
		u.add(name, numberSet(numbers))
	}
}

func (u *update) remove(name string) {
	u.expr, u.some = u.expr.Remove(expression.Name(name)), true
}

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

func (u *update) builder() *expression.UpdateBuilder {
	if !u.some {
		return nil
	}
	return &u.expr
}
