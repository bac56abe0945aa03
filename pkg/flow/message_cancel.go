package flow

// TypeCancel ends the run RunID, with Reason. Running tasks may still record their
// outcome, but no node follows them.
const TypeCancel MessageType = "cancel"

func checkCancel(c *bodyCheck, b *MessageBody) { c.runID(b.RunID) }
