package flow

// GuardCreate is the condition of [Store.Create] and of a blueprint's first
// body: there is no item yet.
func GuardCreate() Guard { return Absent("runId") }
