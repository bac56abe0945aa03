package dynamo

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// condition translates a guard; false means that the guard always holds. This
// is the only place where conditions come from.
func condition(g flow.Guard) (expression.ConditionBuilder, bool, error) {
	name := expression.Name(g.Attr)
	switch g.Op {
	case flow.GuardAlways:
		return expression.ConditionBuilder{}, false, nil
	case flow.GuardAnd:
		return all(g.Of)
	case flow.GuardOr:
		return either(g.Of)
	case flow.GuardAbsent:
		return name.AttributeNotExists(), true, nil
	}
	value, err := operand(g)
	switch {
	case err != nil:
		return expression.ConditionBuilder{}, false, err
	case g.Op == flow.GuardEqual:
		return name.Equal(value), true, nil
	case g.Op == flow.GuardLess:
		return name.LessThan(value), true, nil
	case g.Op == flow.GuardAtMost:
		return name.LessThanEqual(value), true, nil
	case g.Op == flow.GuardAtLeast:
		return name.GreaterThanEqual(value), true, nil
	}
	return expression.ConditionBuilder{}, false, fmt.Errorf("guard %q on %q: no such operator", g.Op, g.Attr)
}

func all(parts []flow.Guard) (expression.ConditionBuilder, bool, error) {
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

func either(parts []flow.Guard) (expression.ConditionBuilder, bool, error) {
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
		return joined, false, fmt.Errorf("guard %q has no parts and can never hold", flow.GuardOr)
	}
	return joined, !always, nil
}

func operand(g flow.Guard) (expression.ValueBuilder, error) {
	switch v := g.Value.(type) {
	case string:
		return expression.Value(text(v)), nil
	case int64:
		return expression.Value(number(v)), nil
	}
	return expression.ValueBuilder{}, fmt.Errorf("guard %q on %q: a %T is neither text nor an int64", g.Op, g.Attr, g.Value)
}

// build makes the expression of a write from its guard and its update, if any.
func build(g flow.Guard, update *expression.UpdateBuilder) (expression.Expression, error) {
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
