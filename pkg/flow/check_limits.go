package flow

// MaxIDLength is the limit of ids, actions and context keys, in bytes. Each byte may
// take three when escaped: outside of scopes a node's key has at most 770 bytes.
const MaxIDLength = 255

func checkID(found *issues, path, id string) {
	checkRequired(found, path, id)
	if len(id) > MaxIDLength {
		found.add(issueIDTooLong, path, "it has %d bytes: at most %d are allowed", len(id), MaxIDLength)
	}
}
