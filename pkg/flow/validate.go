package flow

// Issue is one fault of a blueprint.
type Issue struct {
	Code    string `json:"code"`
	Path    string `json:"path"`    // like nodes[2].config.maxRetries; "" is the blueprint itself
	Message string `json:"message"` // what is wrong and what to do
}

// InvalidError lists all faults of a blueprint.
type InvalidError struct {
	BlueprintID string
	Issues      []Issue
}

// maxIDLength bounds ids and context keys, in bytes.
const maxIDLength = 255
