package access

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Statement is a statement of a policy that allows something: resources by their names
// in AWS, as [Requested] names them.
type Statement struct {
	Actions   []string
	Resources []string
	// Attributes are those that a reading request may name; nil for no condition.
	Attributes []string
	// Select is the value that the request must have for it; "" for no condition.
	Select string
}

// Refused returns the permissions that a request needs and none of the statements
// gives, as IAM would decide.
func Refused(statements []Statement, target string, body []byte) (missing []string, err error) {
	needed, err := Requested(target, body)
	if err != nil {
		return nil, err
	}
	read, err := readsOf(body)
	if err != nil {
		return nil, fmt.Errorf("decode %s: %w", target, err)
	}
	for _, permission := range needed {
		action, resource, _ := strings.Cut(permission, " ")
		if !slices.ContainsFunc(statements, func(s Statement) bool {
			return slices.Contains(s.Actions, action) && slices.Contains(s.Resources, resource) && s.admits(read[resource])
		}) {
			missing = append(missing, permission)
		}
	}
	return missing, nil
}

// reads are the attributes that a request reads of a table or an index.
type reads struct {
	attributes []string // that it names
	selected   string   // the parameter Select, also where it is implied
}

// admits reports whether the conditions hold. An operator for all values holds for none;
// a key that a request does not have equals nothing.
func (s Statement) admits(r reads) bool {
	if s.Select != "" && r.selected != s.Select {
		return false
	}
	return s.Attributes == nil || !slices.ContainsFunc(r.attributes, func(name string) bool { return !slices.Contains(s.Attributes, name) })
}

type reading struct {
	onTable
	Select                   string
	ProjectionExpression     string
	KeyConditionExpression   string
	FilterExpression         string
	ExpressionAttributeNames map[string]string
	Keys                     []map[string]json.RawMessage
}

var attributeName = regexp.MustCompile(`[#A-Za-z][A-Za-z0-9_]*`)

// notNames are the words of expressions.
var notNames = []string{"AND", "OR", "NOT", "BETWEEN", "IN", "begins_with", "attribute_exists", "attribute_not_exists", "contains", "size"}

func (r reading) reads() reads {
	found := reads{selected: r.Select}
	if found.selected == "" {
		found.selected = "ALL_ATTRIBUTES"
		switch {
		case r.ProjectionExpression != "":
			found.selected = "SPECIFIC_ATTRIBUTES"
		case r.IndexName != "":
			found.selected = "ALL_PROJECTED_ATTRIBUTES"
		}
	}
	text := r.ProjectionExpression + " " + r.KeyConditionExpression + " " + r.FilterExpression
	for _, name := range attributeName.FindAllString(valueName.ReplaceAllString(text, ""), -1) {
		if full, ok := r.ExpressionAttributeNames[name]; ok {
			name = full
		}
		if !slices.Contains(notNames, name) {
			found.attributes = append(found.attributes, name)
		}
	}
	for _, key := range r.Keys {
		for name := range key {
			found.attributes = append(found.attributes, name)
		}
	}
	return found
}

var valueName = regexp.MustCompile(`:[A-Za-z0-9_]+`)

// readsOf returns the reading part of a request, by resource.
func readsOf(body []byte) (map[string]reads, error) {
	var request struct {
		reading
		RequestItems map[string]reading
	}
	if err := json.Unmarshal(body, &request); err != nil {
		return nil, err
	}
	found := map[string]reads{}
	if request.TableName != "" {
		found[strings.TrimSuffix(request.TableName+"/"+request.IndexName, "/")] = request.reads()
	}
	for table, items := range request.RequestItems {
		found[table] = items.reads()
	}
	return found, nil
}
