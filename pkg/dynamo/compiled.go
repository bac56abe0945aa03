package dynamo

import (
	"slices"
	"strconv"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// written is the expression of one write.
type written struct {
	*compiled
	values map[string]types.AttributeValue
}

// Condition returns the text of the condition; nil if there is none.
func (w written) Condition() *string { return w.condition }

// Update returns the text of the update; nil if there is none.
func (w written) Update() *string { return w.update }

// Names returns the attributes by their placeholders. They must not be changed.
func (w written) Names() map[string]string { return w.names }

// Values returns the values by their placeholders.
func (w written) Values() map[string]types.AttributeValue { return w.values }

// compiled is the expression of all writes of one shape: of those whose guards and updates
// differ in nothing but their values.
type compiled struct {
	condition, update *string
	names             map[string]string
	slots             []slot
}

// slot says which value a placeholder stands for.
type slot struct {
	placeholder string
	operand     int                  // in the order of the guard, then of the update
	fixed       types.AttributeValue // of the shape; nil: the operand
}

// shapes are the compiled expressions, by shape. The code has some dozens.
var shapes struct {
	sync.RWMutex
	known map[string]*compiled
}

// mostShapes bounds their number.
const mostShapes = 1000

// build makes the expression of a write from its guard and its update. Only the first one of
// its shape is made by the SDK.
func build(g state.Guard, u update) (written, error) {
	var space [8]types.AttributeValue
	operands, err := operandsOf(g, space[:0])
	if err != nil {
		return written{}, err
	}
	for _, a := range u {
		if a.value != nil {
			operands = append(operands, a.value)
		}
	}
	var letters [256]byte
	shape := shapeOf(g, letters[:0])
	for _, a := range u {
		shape = append(append(append(shape, byte(a.does)), a.name...), 0)
	}
	shapes.RLock()
	c := shapes.known[string(shape)]
	shapes.RUnlock()
	if c == nil {
		if c, err = compile(g, u); err != nil {
			return written{}, err
		}
		shapes.Lock()
		if shapes.known == nil || len(shapes.known) >= mostShapes {
			shapes.known = map[string]*compiled{}
		}
		shapes.known[string(shape)] = c
		shapes.Unlock()
	}
	w := written{compiled: c}
	if len(c.slots) > 0 {
		w.values = make(map[string]types.AttributeValue, len(c.slots))
		for _, s := range c.slots {
			if w.values[s.placeholder] = s.fixed; s.fixed == nil {
				w.values[s.placeholder] = operands[s.operand]
			}
		}
	}
	return w, nil
}

// operandsOf adds the values of a guard, in its order.
func operandsOf(g state.Guard, operands []types.AttributeValue) ([]types.AttributeValue, error) {
	switch g.Op {
	case state.GuardAlways, state.GuardAbsent:
		return operands, nil
	case state.GuardAnd, state.GuardOr:
		for _, part := range g.Of {
			var err error
			if operands, err = operandsOf(part, operands); err != nil {
				return nil, err
			}
		}
		return operands, nil
	}
	value, err := valueIn(g)
	return append(operands, value), err
}

// shapeOf adds everything of a guard but its values.
func shapeOf(g state.Guard, shape []byte) []byte {
	shape = append(append(append(append(shape, g.Op...), 0), g.Attr...), 0)
	if len(g.Of) > 0 {
		shape = append(shape, '(')
		for _, part := range g.Of {
			shape = shapeOf(part, shape)
		}
		shape = append(shape, ')')
	}
	return append(shape, 0)
}

// compile has the SDK make the expression of a shape, with the numbers of the operands in the
// place of the values.
func compile(g state.Guard, u update) (*compiled, error) {
	operands := 0
	expr, err := assemble(numberedGuard(g, &operands), numberedUpdate(u, operands).builder())
	if err != nil {
		return nil, err
	}
	c := &compiled{condition: expr.Condition(), update: expr.Update(), names: expr.Names()}
	for placeholder, value := range expr.Values() {
		s := slot{placeholder: placeholder, fixed: value}
		if n, ok := value.(*types.AttributeValueMemberS); ok {
			if s.operand, err = strconv.Atoi(n.Value); err != nil {
				return nil, err
			}
			s.fixed = nil
		}
		c.slots = append(c.slots, s)
	}
	return c, nil
}

// numberedGuard returns the guard with the numbers of its operands as values.
func numberedGuard(g state.Guard, operands *int) state.Guard {
	g.Of = slices.Clone(g.Of)
	for i, part := range g.Of {
		g.Of[i] = numberedGuard(part, operands)
	}
	if g.Value != nil {
		g.Value = strconv.Itoa(*operands)
		*operands++
	}
	return g
}

// numberedUpdate is numberedGuard for an update whose first operand has a number.
func numberedUpdate(u update, operands int) update {
	u = slices.Clone(u)
	for i, a := range u {
		if a.value != nil {
			u[i].value = text(strconv.Itoa(operands))
			operands++
		}
	}
	return u
}
