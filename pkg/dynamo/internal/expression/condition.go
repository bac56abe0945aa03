package expression

// Condition is a condition on an item, or on the keys of a query.
type Condition struct{ part part }

func (n Name) compare(operator string, value Operand) Condition {
	return Condition{func(p *placeholders) string { return p.name(string(n)) + " " + operator + " " + value.part(p) }}
}

// Equal holds if the attribute has the value.
func (n Name) Equal(value Operand) Condition { return n.compare("=", value) }

// LessThan holds if the attribute is below the value.
func (n Name) LessThan(value Operand) Condition { return n.compare("<", value) }

// LessThanEqual holds if the attribute is not above the value.
func (n Name) LessThanEqual(value Operand) Condition { return n.compare("<=", value) }

// GreaterThanEqual holds if the attribute is not below the value.
func (n Name) GreaterThanEqual(value Operand) Condition { return n.compare(">=", value) }

// BeginsWith holds if the attribute is a text that begins with the value.
func (n Name) BeginsWith(value Operand) Condition {
	return Condition{func(p *placeholders) string { return "begins_with (" + p.name(string(n)) + ", " + value.part(p) + ")" }}
}

// AttributeNotExists holds if the item lacks the attribute.
func (n Name) AttributeNotExists() Condition {
	return Condition{func(p *placeholders) string { return "attribute_not_exists (" + p.name(string(n)) + ")" }}
}

// And holds if both conditions do.
func (c Condition) And(other Condition) Condition { return c.join("AND", other) }

// Or holds if one of the conditions does.
func (c Condition) Or(other Condition) Condition { return c.join("OR", other) }

func (c Condition) join(word string, other Condition) Condition {
	return Condition{func(p *placeholders) string { return "(" + c.part(p) + ") " + word + " (" + other.part(p) + ")" }}
}
