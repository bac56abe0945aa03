package flow

// TypeCancel ends the run RunID, with Reason, By the name that its sender states. Running tasks may still record their
// outcome, but no node follows them.
const TypeCancel MessageType = "cancel"

func checkCancel(c *bodyCheck, b *MessageBody) { c.runID(b.RunID) }
