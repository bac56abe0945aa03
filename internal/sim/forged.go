package sim

import (
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// forgery delivers a copy of a job of which one field is forged: soon, beside the
// message itself. No forged field may do more harm than a duplicate.
func (d *delivery) forgery(m *message) {
	if m.forged || m.body.NodeID == "" || !d.faults.occasional(fault.ForgedFields) {
		return
	}
	copied := *m
	copied.forged, copied.foreign, copied.gone, copied.attrs = true, true, true, maps.Clone(m.attrs)
	if copied.attrs == nil {
		copied.attrs = map[string]string{}
	}
	field := d.forge(&copied)
	text, err := copied.body.Encode()
	if err != nil {
		panic(err)
	}
	copied.text = text
	d.watcher.reach(forgeries[field])
	d.scheduler.at(d.chance.between(0, 2*time.Second), func() {
		d.scheduler.trace(nil, "%s comes with another %s", m.id, field)
		d.handle(&copied, 1)
	})
}

// forge forges a field, and returns its name.
func (d *delivery) forge(m *message) string {
	numbers := []string{"-1", "0", "999999999999999999999", "x", "1e3", strings.Repeat("9", 300)}
	number := numbers[d.chance.IntN(len(numbers))]
	switch d.chance.IntN(8) {
	case 0:
		m.body.Hops = d.chance.IntN(5000)
		return "hops"
	case 1:
		m.body.Attempt += 2 + d.chance.IntN(1000)
		return "attempt"
	case 2:
		m.attrs[state.AttributeID] = strings.Repeat("i", 1+d.chance.IntN(2*state.MaxMessageID))
		return state.AttributeID
	case 3:
		m.attrs[state.AttributeReturns] = number
		return state.AttributeReturns
	case 4:
		m.attrs[state.AttributeSince] = number
		return state.AttributeSince
	case 5:
		m.attrs[state.AttributeMissing] = number
		return state.AttributeMissing
	case 6:
		m.body.Tenant = fmt.Sprint("t", d.chance.IntN(10))
		return "tenant"
	}
	m.body.BlueprintID = strings.Repeat("b", 1+d.chance.IntN(flow.MaxIDLength))
	return "blueprint"
}
