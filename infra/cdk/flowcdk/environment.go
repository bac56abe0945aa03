package flowcdk

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/flowcraft-go/flowcraft/internal/settings"
)

// names are the names by which the functions find their queues and tables, and the
// name of their metrics.
type names struct{ QueueURL, IntakeARN, Role, ContextTable, StatusTable, CoordinationTable, FlowName string }

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

// variables are all variables of the functions.
func (p Props) variables(n names) map[string]string {
	all := maps.Clone(p.Environment)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, p.environment(n))
	return all
}

// maxEnvironment is the size, in bytes, of all names and values of a function's
// environment.
const maxEnvironment = 4096

var (
	variablePattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]+$`)
	tokenPattern    = regexp.MustCompile(`\$\{Token\[[^]]*\]\}`)
)

// reserved are the variables that Lambda sets itself, and refuses in a deployment.
var reserved = []string{
	"_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_NAME",
	"AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME",
	"AWS_LAMBDA_LOG_STREAM_NAME", "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
	"AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
}

// checkVariables requires variables that Lambda takes, and that are not settings.
func (p Props) checkVariables() (errs []error) {
	n := names{
		QueueURL: strings.Repeat("q", 130), Role: strings.Repeat("r", 24), FlowName: strings.Repeat("f", 40),
		ContextTable: strings.Repeat("c", 100), StatusTable: strings.Repeat("s", 100), CoordinationTable: strings.Repeat("k", 100),
	}
	if p.Intake {
		n.IntakeARN = strings.Repeat("i", 120)
	}
	own := p.environment(n)
	for _, name := range slices.Sorted(maps.Keys(p.Environment)) {
		_, isSetting := own[name]
		switch {
		case !variablePattern.MatchString(name):
			errs = append(errs, fmt.Errorf("environment %q: a name has letters, digits and _, a letter first, and two characters at least", name))
		case slices.Contains(reserved, name):
			errs = append(errs, fmt.Errorf("environment %s: Lambda sets it itself", name))
		case isSetting || strings.HasPrefix(name, "FLOW_"):
			errs = append(errs, fmt.Errorf("environment %s: it is a setting: set the property of its name", name))
		}
	}
	size := 0
	for name, value := range p.variables(n) {
		size += len(name) + len(tokenPattern.ReplaceAllLiteralString(value, strings.Repeat("t", 64)))
	}
	if size > maxEnvironment {
		largest, length := "", 0
		for name, value := range p.variables(n) {
			if len(value) > length || len(value) == length && name < largest {
				largest, length = name, len(value)
			}
		}
		errs = append(errs, fmt.Errorf("environment: it has about %d bytes with the settings, but Lambda takes %d: the largest is %s with %d; "+
			"let networks cover each other, and keep large values elsewhere", size, maxEnvironment, largest, length))
	}
	return errs
}
