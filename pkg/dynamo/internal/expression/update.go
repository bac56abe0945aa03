package expression

import "strings"

// Update is the list of an update's actions. Each method returns a longer one.
type Update struct{ set, add, remove []part }

// Set gives an attribute the value of an operand.
func (u Update) Set(name Name, value Operand) Update {
	u.set = append(u.set, func(p *placeholders) string { return p.name(string(name)) + " = " + value.part(p) })
	return u
}

// Add adds a value to a number, or its members to a set.
func (u Update) Add(name Name, value Operand) Update {
	u.add = append(u.add, func(p *placeholders) string { return p.name(string(name)) + " " + value.part(p) })
	return u
}

// Remove removes an attribute.
func (u Update) Remove(name Name) Update {
	u.remove = append(u.remove, func(p *placeholders) string { return p.name(string(name)) })
	return u
}

func (u Update) text(p *placeholders) string {
	var clauses []string
	for _, clause := range []struct {
		word  string
		parts []part
	}{{"ADD ", u.add}, {"REMOVE ", u.remove}, {"SET ", u.set}} {
		if len(clause.parts) > 0 {
			clauses = append(clauses, clause.word+list(p, clause.parts))
		}
	}
	return strings.Join(clauses, " ")
}

func list(p *placeholders, parts []part) string {
	texts := make([]string, len(parts))
	for i, part := range parts {
		texts[i] = part(p)
	}
	return strings.Join(texts, ", ")
}
