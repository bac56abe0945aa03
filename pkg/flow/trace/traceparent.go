package trace

import (
	"context"
	"strings"
)

// Key is the name of a traceparent: as a message's attribute, as a key of a start's
// body, and as a header.
const Key = "traceparent"

// The parts of a traceparent: version, trace id, parent id and flags, with a dash between
// each two.
const (
	idStart, idEnd         = 3, 35
	parentStart, parentEnd = 36, 52
	flagsStart, length     = 53, 55
)

// Parse returns a traceparent in the form that may be passed on, and false for one that
// must be ignored: the reader then behaves as if there were none. One of a later version
// of the specification is returned in the form of version 00, without what that does not
// have.
func Parse(text string) (traceparent string, ok bool) {
	if len(text) < length || text[2] != '-' || text[idEnd] != '-' || text[parentEnd] != '-' {
		return "", false
	}
	version, id, parent, flags := text[:2], text[idStart:idEnd], text[parentStart:parentEnd], text[flagsStart:length]
	switch {
	case !isHex(version) || !isHex(id) || !isHex(parent) || !isHex(flags):
		return "", false
	case version == "ff" || isZero(id) || isZero(parent):
		return "", false
	case version == "00":
		if len(text) > length {
			return "", false
		}
		return text, true
	case len(text) > length && text[length] != '-':
		return "", false
	}
	sampled := strings.IndexByte("0123456789abcdef", flags[1]) % 2
	return "00-" + id + "-" + parent + "-0" + string('0'+byte(sampled)), true
}

// ID returns the trace id of a traceparent, 32 hexadecimal digits; "" if the traceparent
// must be ignored.
func ID(traceparent string) string {
	parsed, ok := Parse(traceparent)
	if !ok {
		return ""
	}
	return parsed[idStart:idEnd]
}

// isHex reports whether a text has only the digits that the specification permits: it
// has no upper case.
func isHex(text string) bool {
	return strings.Trim(text, "0123456789abcdef") == ""
}

func isZero(text string) bool { return strings.Trim(text, "0") == "" }

type contextKey struct{}

// ContextWith returns a context with a traceparent, for client.Start and [From]. One that
// must be ignored changes nothing.
func ContextWith(ctx context.Context, traceparent string) context.Context {
	parsed, ok := Parse(traceparent)
	if !ok {
		return ctx
	}
	return context.WithValue(ctx, contextKey{}, parsed)
}

// From returns the traceparent of a context: in the code of a node, the one that its
// run was started with. "" is none.
func From(ctx context.Context) string {
	traceparent, _ := ctx.Value(contextKey{}).(string)
	return traceparent
}
