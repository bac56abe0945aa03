package flow

// MaxIDLength bounds ids, actions and context keys, in bytes. Escaped, each byte
// may be three: outside of scopes a node's key has at most 770 bytes.
const MaxIDLength = 255

func checkID(found *issues, path, id string) {
	checkRequired(found, path, id)
	if len(id) > MaxIDLength {
		found.add(issueIDTooLong, path, "it has %d bytes: at most %d are allowed", len(id), MaxIDLength)
	}
}
