package flow

import "regexp"

// TypeStart starts a run of BlueprintID with Input. Without RunID the run has the id
// of the message. Tenant puts all messages of the run into the tenant's group of a
// fair queue. By is the sender's name as stated: the run keeps it beside the sender that
// the queue knows. It also keeps Traceparent, that of W3C Trace Context, if that is valid; a
// message's attribute of that name comes first.
const TypeStart MessageType = "start"

// tenantPattern matches the group ids that a queue accepts.
var tenantPattern = regexp.MustCompile(`^[!-~]{1,128}$`)

func checkStart(c *bodyCheck, b *MessageBody) {
	if b.RunID != "" {
		c.runID(b.RunID)
	}
	c.id("blueprintId", b.BlueprintID)
	c.fault(b.Tenant != "" && !tenantPattern.MatchString(b.Tenant), "tenant is not of the form %s", tenantPattern)
}
