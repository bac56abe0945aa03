package flow

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Issue is one fault of a blueprint. Its Code is one of INVALID_JSON,
// INVALID_FIELD, UNKNOWN_FIELD, EMPTY_BLUEPRINT, DUPLICATE_NODE_ID,
// ID_TOO_LONG, INVALID_EDGE_SOURCE, INVALID_EDGE_TARGET, INVALID_FALLBACK,
// INVALID_EXPRESSION, ORPHAN_NODE, CYCLE_WITHOUT_CONTROLLER and
// MISSING_NODE_IMPLEMENTATION.
type Issue struct {
	Code    string `json:"code"`
	Path    string `json:"path"`    // like nodes[2].config.maxRetries; "" is the blueprint itself
	Message string `json:"message"` // the fault, and how to fix it
}

const (
	issueInvalidJSON    = "INVALID_JSON"
	issueInvalidField   = "INVALID_FIELD"
	issueUnknownField   = "UNKNOWN_FIELD"
	issueEmpty          = "EMPTY_BLUEPRINT"
	issueDuplicateNode  = "DUPLICATE_NODE_ID"
	issueIDTooLong      = "ID_TOO_LONG"
	issueEdgeSource     = "INVALID_EDGE_SOURCE"
	issueEdgeTarget     = "INVALID_EDGE_TARGET"
	issueFallback       = "INVALID_FALLBACK"
	issueExpression     = "INVALID_EXPRESSION"
	issueOrphan         = "ORPHAN_NODE"
	issueCycle          = "CYCLE_WITHOUT_CONTROLLER"
	issueImplementation = "MISSING_NODE_IMPLEMENTATION"
)

// String returns the issue on one line.
func (i Issue) String() string {
	if i.Path == "" {
		return i.Code + ": " + i.Message
	}
	return i.Path + ": " + i.Code + ": " + i.Message
}

// InvalidError lists all faults of a blueprint, in the order of the blueprint:
// first its own, then those of its nodes, then those of its edges.
type InvalidError struct {
	BlueprintID string
	Issues      []Issue
}

// Error lists every fault: a single one on the same line, several on a line each.
func (e *InvalidError) Error() string {
	name := "blueprint"
	if e.BlueprintID != "" {
		name = fmt.Sprintf("blueprint %q", e.BlueprintID)
	}
	if len(e.Issues) == 1 {
		return "invalid " + name + ": " + e.Issues[0].String()
	}
	var text strings.Builder
	fmt.Fprintf(&text, "invalid %s, %d faults:", name, len(e.Issues))
	for _, issue := range e.Issues {
		text.WriteString("\n  " + issue.String())
	}
	return text.String()
}

// issues collects the faults of a blueprint.
type issues struct {
	list []Issue
	seen map[Issue]bool // those of list
	// misshapen has the paths of INVALID_FIELD: further faults at or below such a
	// path would only be consequences, and are not reported.
	misshapen map[string]bool
}

func (found *issues) add(code, path, format string, args ...any) {
	issue := Issue{code, path, fmt.Sprintf(format, args...)}
	if found.covered(path) || found.seen[issue] {
		return
	}
	if found.seen == nil {
		found.seen = map[Issue]bool{}
	}
	found.seen[issue] = true
	if code == issueInvalidField {
		if found.misshapen == nil {
			found.misshapen = map[string]bool{}
		}
		found.misshapen[path] = true
	}
	found.list = append(found.list, issue)
}

func (found *issues) invalid(path, format string, args ...any) {
	found.add(issueInvalidField, path, format, args...)
}

func (found *issues) covered(path string) bool {
	if len(found.misshapen) == 0 {
		return false
	}
	for cut := len(path); cut > 0; cut = strings.LastIndexAny(path[:cut], ".[") {
		if found.misshapen[path[:cut]] {
			return true
		}
	}
	return false
}

func (found *issues) err(blueprintID string) error {
	if len(found.list) == 0 {
		return nil
	}
	return &InvalidError{BlueprintID: blueprintID, Issues: found.list}
}

var plainKey = regexp.MustCompile(`^[\pL_$][\pL\pN_$-]*$`)

// keyPath returns the path of a key of the object at path: .key, or ["a key"] if the
// key is not a plain word.
func keyPath(path, key string) string {
	switch {
	case !plainKey.MatchString(key):
		return path + "[" + strconv.Quote(key) + "]"
	case path == "":
		return key
	}
	return path + "." + key
}
