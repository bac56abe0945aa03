package expression

import (
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// part writes a part of an expression.
type part func(*placeholders) string

// placeholders are the names and values of a request, by their placeholders.
type placeholders struct {
	names  map[string]string
	values map[string]types.AttributeValue
	byName map[string]string
}

func (p *placeholders) name(name string) string {
	if placeholder, ok := p.byName[name]; ok {
		return placeholder
	}
	placeholder := "#" + strconv.Itoa(len(p.names))
	p.names[placeholder], p.byName[name] = name, placeholder
	return placeholder
}

func (p *placeholders) value(value types.AttributeValue) string {
	placeholder := ":" + strconv.Itoa(len(p.values))
	p.values[placeholder] = value
	return placeholder
}

// Operand is a name, a value, or a term of them.
type Operand struct{ part part }

// Value returns the operand of a value.
func Value(value types.AttributeValue) Operand {
	return Operand{func(p *placeholders) string { return p.value(value) }}
}

// Plus returns the sum of two operands.
func Plus(a, b Operand) Operand {
	return Operand{func(p *placeholders) string { return a.part(p) + " + " + b.part(p) }}
}

// Name is the name of an attribute on top of an item; it may have any characters.
type Name string

// IfNotExists returns the operand of the attribute's value, and of another one where the
// attribute is missing.
func (n Name) IfNotExists(other Operand) Operand {
	return Operand{func(p *placeholders) string {
		return "if_not_exists (" + p.name(string(n)) + ", " + other.part(p) + ")"
	}}
}
