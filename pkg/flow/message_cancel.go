package flow

// TypeCancel ends the run RunID, with Reason. Tasks in flight may still record
// their outcome, but lead nowhere.
const TypeCancel MessageType = "cancel"

func checkCancel(c *bodyCheck, b *MessageBody) { c.runID(b.RunID) }
