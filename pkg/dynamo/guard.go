package dynamo

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// condition translates a guard; false means that the guard always holds. No other
// place makes conditions.
func condition(g state.Guard) (expression.ConditionBuilder, bool, error) {
	name := expression.Name(g.Attr)
	switch g.Op {
	case state.GuardAlways:
		return expression.ConditionBuilder{}, false, nil
	case state.GuardAnd:
		return all(g.Of)
	case state.GuardOr:
		return either(g.Of)
	case state.GuardAbsent:
		return name.AttributeNotExists(), true, nil
	}
	value, err := operand(g)
	switch {
	case err != nil:
		return expression.ConditionBuilder{}, false, err
	case g.Op == state.GuardEqual:
		return name.Equal(value), true, nil
	case g.Op == state.GuardLess:
		return name.LessThan(value), true, nil
	case g.Op == state.GuardAtMost:
		return name.LessThanEqual(value), true, nil
	case g.Op == state.GuardAtLeast:
		return name.GreaterThanEqual(value), true, nil
	}
	return expression.ConditionBuilder{}, false, fmt.Errorf("guard %q on %q: no such operator", g.Op, g.Attr)
}

func all(parts []state.Guard) (expression.ConditionBuilder, bool, error) {
	var joined expression.ConditionBuilder
	found := false
	for _, part := range parts {
		c, conditional, err := condition(part)
		switch {
		case err != nil:
			return c, false, err
		case !conditional:
			continue
		case !found:
			joined, found = c, true
		default:
			joined = joined.And(c)
		}
	}
	return joined, found, nil
}

func either(parts []state.Guard) (expression.ConditionBuilder, bool, error) {
	var joined expression.ConditionBuilder
	always := false
	for i, part := range parts {
		c, conditional, err := condition(part)
		switch {
		case err != nil:
			return c, false, err
		case !conditional:
			always = true
		case i == 0:
			joined = c
		default:
			joined = joined.Or(c)
		}
	}
	if len(parts) == 0 {
		return joined, false, fmt.Errorf("guard %q has no parts and can never hold", state.GuardOr)
	}
	return joined, !always, nil
}

func operand(g state.Guard) (expression.ValueBuilder, error) {
	value, err := valueIn(g)
	return expression.Value(value), err
}

// valueIn returns the value that a guard compares an attribute with.
func valueIn(g state.Guard) (types.AttributeValue, error) {
	switch v := g.Value.(type) {
	case string:
		return text(v), nil
	case int64:
		return number(v), nil
	}
	return nil, fmt.Errorf("guard %q on %q: a %T is neither text nor an int64", g.Op, g.Attr, g.Value)
}

// assemble makes the expression of a write from its guard and its update, if any.
func assemble(g state.Guard, update *expression.UpdateBuilder) (expression.Expression, error) {
	builder := expression.NewBuilder()
	c, conditional, err := condition(g)
	if err != nil {
		return expression.Expression{}, err
	}
	if conditional {
		builder = builder.WithCondition(c)
	}
	if update != nil {
		builder = builder.WithUpdate(*update)
	}
	if !conditional && update == nil {
		return expression.Expression{}, nil
	}
	return builder.Build()
}
