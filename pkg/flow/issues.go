package flow

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// Issue is one fault of a blueprint. Its Code is one of INVALID_JSON,
// INVALID_FIELD, UNKNOWN_FIELD, DUPLICATE_KEY, EMPTY_BLUEPRINT,
// DUPLICATE_NODE_ID, ID_TOO_LONG, INVALID_EDGE_SOURCE, INVALID_EDGE_TARGET, INVALID_FALLBACK,
// INVALID_EXPRESSION, ORPHAN_NODE, CYCLE_WITHOUT_CONTROLLER and
// MISSING_NODE_IMPLEMENTATION.
type Issue struct {
	Code    string `json:"code"`
	Path    string `json:"path"`    // like nodes[2].config.maxRetries; "" is the blueprint itself
	Message string `json:"message"` // the fault, and how to fix it
	// At names the node, or the ends of the edge, that Path counts: "charge", or "charge -> ship".
	At string `json:"at,omitempty"`
}

const (
	issueInvalidJSON    = "INVALID_JSON"
	issueInvalidField   = "INVALID_FIELD"
	issueUnknownField   = "UNKNOWN_FIELD"
	issueDuplicateKey   = "DUPLICATE_KEY"
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
	place := i.Path
	if i.At != "" {
		place += fmt.Sprintf(" (%q)", i.At)
	}
	if place != "" {
		place += ": "
	}
	return place + i.Code + ": " + i.Message
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
	issue := Issue{Code: code, Path: path, Message: fmt.Sprintf(format, args...)}
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

// err returns the faults of a blueprint, or of a part of one (then b is empty), as an
// error; nil if there are none.
func (found *issues) err(b *Blueprint) error {
	if len(found.list) == 0 {
		return nil
	}
	for i, issue := range found.list {
		found.list[i].At = b.at(issue.Path)
	}
	return &InvalidError{BlueprintID: b.ID, Issues: found.list}
}

// at returns the name of the node or the edge that a path begins with, if it has one.
func (b *Blueprint) at(path string) string {
	var i int
	switch {
	case scan(path, "nodes[%d]", &i) && i < len(b.Nodes):
		return truncate(b.Nodes[i].ID, maxShownName)
	case scan(path, "edges[%d]", &i) && i < len(b.Edges):
		if e := b.Edges[i]; e.Source != "" || e.Target != "" {
			return truncate(e.Source, maxShownName) + " -> " + truncate(e.Target, maxShownName)
		}
	}
	return ""
}

// maxShownName is the limit of an id in an issue's At, in bytes.
const maxShownName = 80

func scan(text, format string, value *int) bool {
	n, err := fmt.Sscanf(text, format, value)
	return n == 1 && err == nil && *value >= 0
}

// isPlain reports whether a key is a word of letters, digits, _, $ and -.
func isPlain(key string) bool {
	for i, c := range key {
		letter := unicode.IsLetter(c) || c == '_' || c == '$'
		if !letter && (i == 0 || !unicode.IsNumber(c) && c != '-') {
			return false
		}
	}
	return key != ""
}

// keyPath returns the path of a key of the object at path: .key, or ["a key"] if the
// key is not a plain word.
func keyPath(path, key string) string {
	switch {
	case !isPlain(key):
		return path + "[" + strconv.Quote(key) + "]"
	case path == "":
		return key
	}
	return path + "." + key
}
