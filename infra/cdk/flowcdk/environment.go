package flowcdk

import "github.com/flowcraft-go/flowcraft/internal/settings"

// names are the names by which the functions find their queue and tables, and the
// name of their metrics.
type names struct{ QueueURL, ContextTable, StatusTable, CoordinationTable, FlowName string }

// fixed are settings that a deployment cannot choose.
type fixed struct {
	BlueprintsFolder string
	Metrics          bool
}

// environment returns the variables that both functions read at their start: every
// setting of theirs in the table of package settings, each by the name of its
// field.
func (p Props) environment(n names) map[string]string {
	return settings.Environment(p, n, fixed{BlueprintsFolder: blueprintsFolder, Metrics: true})
}
