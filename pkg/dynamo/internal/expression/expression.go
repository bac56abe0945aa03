package expression

import "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

// Request has the expressions of one request; those that are not set are left out.
type Request struct {
	Condition    *Condition
	KeyCondition *Condition
	Projection   []string // names of attributes
	Update       *Update
}

// Expression is a request's expressions in DynamoDB's form: what is left out is nil.
type Expression struct {
	Condition, KeyCondition, Projection, Update *string
	Names                                       map[string]string
	Values                                      map[string]types.AttributeValue
}

// Build writes the expressions.
func (r Request) Build() Expression {
	p := &placeholders{map[string]string{}, map[string]types.AttributeValue{}, map[string]string{}}
	var e Expression
	if r.Condition != nil {
		e.Condition = new(r.Condition.part(p))
	}
	if r.KeyCondition != nil {
		e.KeyCondition = new(r.KeyCondition.part(p))
	}
	if len(r.Projection) > 0 {
		e.Projection = new(names(p, r.Projection))
	}
	if r.Update != nil {
		e.Update = new(r.Update.text(p))
	}
	if len(p.names) > 0 { // DynamoDB refuses empty maps
		e.Names = p.names
	}
	if len(p.values) > 0 {
		e.Values = p.values
	}
	return e
}

func names(p *placeholders, attributes []string) string {
	parts := make([]part, len(attributes))
	for i, name := range attributes {
		parts[i] = func(p *placeholders) string { return p.name(name) }
	}
	return list(p, parts)
}
