package flow

// TypeStart starts a run of BlueprintID with Input. Without RunID the run has the id
// of the message. Tenant puts all messages of the run into the tenant's group of a
// fair queue. By is the sender's name as stated: the run keeps it beside the sender that
// the queue knows. It also keeps Traceparent, that of W3C Trace Context, if that is valid; a
// message's attribute of that name comes first.
const TypeStart MessageType = "start"

// tenantForm is the form of the group ids that a queue accepts.
const tenantForm = `^[!-~]{1,128}$`

func isTenant(text string) bool {
	return hasForm(text, func(c byte) bool { return '!' <= c && c <= '~' })
}

func checkStart(c *bodyCheck, b *MessageBody) {
	if b.RunID != "" {
		c.runID(b.RunID)
	}
	c.id("blueprintId", b.BlueprintID)
	c.fault(b.Tenant != "" && !isTenant(b.Tenant), "tenant is not of the form %s", tenantForm)
}
