package flowaws

import (
	"errors"

	"github.com/flowcraft-go/flowcraft/pkg/dynamo"
)

// Names are the names of a stack's parts, from the outputs of its deployment. The
// queue alone is enough to start and to cancel runs, the three tables alone are
// enough to read them.
type Names struct {
	QueueURL          string
	ContextTable      string
	StatusTable       string
	CoordinationTable string
}

// Tables returns the tables' names for package dynamo.
func (n Names) Tables() dynamo.Names {
	return dynamo.Names{Context: n.ContextTable, Status: n.StatusTable, Coordination: n.CoordinationTable}
}

// check reports incomplete names.
func (n Names) check() error {
	var missing []error
	for _, table := range []struct{ field, name string }{
		{"ContextTable", n.ContextTable}, {"StatusTable", n.StatusTable}, {"CoordinationTable", n.CoordinationTable},
	} {
		if table.name == "" {
			missing = append(missing, errors.New(table.field+" is not set: name all three tables, or none"))
		}
	}
	switch {
	case len(missing) == 3 && n.QueueURL == "":
		return errors.New("nothing is named: set QueueURL to start runs, and the three tables to read them")
	case len(missing) == 3:
		return nil
	}
	return errors.Join(missing...)
}
