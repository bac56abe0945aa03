package flowcdk

import "github.com/flowcraft-go/flowcraft/internal/settings"

// names are what the functions find their queue and tables by, and what they
// name their metrics after.
type names struct{ QueueURL, ContextTable, StatusTable, CoordinationTable, FlowName string }

// fixed are settings that a deployment leaves nobody a choice in.
type fixed struct {
	BlueprintsFolder string
	Metrics          bool
}

// environment is what both functions read at their start: every setting of theirs
// in the table of package settings, each by the name of its field.
func (p Props) environment(n names) map[string]string {
	return settings.Environment(p, n, fixed{BlueprintsFolder: blueprintsFolder, Metrics: true})
}
