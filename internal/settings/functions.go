package settings

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// parseFunctions parses node types and their functions. It reports all faulty
// entries.
func parseFunctions(text string) (map[string]string, error) {
	functions := map[string]string{}
	var faults []string
	for part := range strings.SplitSeq(text, ",") {
		uses, function, ok := strings.Cut(strings.TrimSpace(part), "=")
		_, twice := functions[uses]
		switch {
		case !ok || uses == "" || function == "":
			faults = append(faults, fmt.Sprintf("entry %q must be a node type and its function, such as classifyTicket=classify:live", part))
		case twice:
			faults = append(faults, fmt.Sprintf("node type %q is there twice", uses))
		default:
			functions[uses] = function
		}
	}
	if len(faults) > 0 {
		return nil, errors.New(strings.Join(faults, "; "))
	}
	return functions, nil
}

func formatFunctions(functions map[string]string) string {
	texts := make([]string, 0, len(functions))
	for _, uses := range slices.Sorted(maps.Keys(functions)) {
		texts = append(texts, uses+"="+functions[uses])
	}
	return strings.Join(texts, ",")
}
