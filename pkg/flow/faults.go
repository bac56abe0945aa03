package flow

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// faults collects the issues of a blueprint.
type faults struct {
	issues []Issue
	// misshapen has the paths of INVALID_FIELD: what is found at or below such
	// a value would only be a consequence, and is not reported.
	misshapen map[string]bool
}

func (f *faults) add(code, path, format string, args ...any) {
	issue := Issue{code, path, fmt.Sprintf(format, args...)}
	if f.covered(path) || slices.Contains(f.issues, issue) {
		return
	}
	if code == issueInvalidField {
		if f.misshapen == nil {
			f.misshapen = map[string]bool{}
		}
		f.misshapen[path] = true
	}
	f.issues = append(f.issues, issue)
}

func (f *faults) invalid(path, format string, args ...any) {
	f.add(issueInvalidField, path, format, args...)
}

func (f *faults) covered(path string) bool {
	if len(f.misshapen) == 0 {
		return false
	}
	for cut := len(path); cut > 0; cut = strings.LastIndexAny(path[:cut], ".[") {
		if f.misshapen[path[:cut]] {
			return true
		}
	}
	return false
}

func (f *faults) err(blueprintID string) error {
	if len(f.issues) == 0 {
		return nil
	}
	return &InvalidError{BlueprintID: blueprintID, Issues: f.issues}
}

var plainKey = regexp.MustCompile(`^[\pL_$][\pL\pN_$-]*$`)

// keyPath is the path of a key of the object at path: .key, or ["a key"] where
// the key would not read as one.
func keyPath(path, key string) string {
	switch {
	case !plainKey.MatchString(key):
		return path + "[" + strconv.Quote(key) + "]"
	case path == "":
		return key
	}
	return path + "." + key
}
