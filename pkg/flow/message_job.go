package flow

// TypeJob runs the task NodeID, in Scope, of the run RunID. Attempt is that of a
// retry; Hops counts the messages since the run's start. A body without type is a
// job, as in Flowcraft.
const TypeJob MessageType = "job"

func checkJob(c *bodyCheck, b *MessageBody) {
	c.runID(b.RunID)
	c.id("blueprintId", b.BlueprintID)
	c.id("nodeId", b.NodeID)
}
