package lambdanode

import (
	"encoding/json"
	"errors"
	"regexp"
	"sync"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// Function names a Lambda function. A part that is missing from the parsed text is
// "": then the caller's applies.
type Function struct {
	Partition, Region, Account string
	Name                       string
	Qualifier                  string // a version or an alias
}

// name, 123456789012:function:name or
// arn:aws:lambda:eu-central-1:123456789012:function:name, each with a qualifier or
// without. (Lengths are checked elsewhere: in the pattern, they would slow every
// start of a worker.)
var functionPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:(?:arn:(aws[a-z-]*):lambda:([a-z][a-z0-9-]+):)?([0-9]+):function:)?([A-Za-z0-9_-]+)(?::(\$LATEST|[A-Za-z0-9_-]+))?$`)
})

const (
	accountLength = 12
	maxName       = 64
	maxQualifier  = 128
)

var errFunction = errors.New("must be the name or the ARN of a Lambda function, such as charge, charge:live, 123456789012:function:charge or arn:aws:lambda:eu-central-1:123456789012:function:charge")

// ParseFunction parses a name, a partial ARN or an ARN, each with a qualifier or
// without.
func ParseFunction(text string) (Function, error) {
	parts := functionPattern().FindStringSubmatch(text)
	if parts == nil {
		return Function{}, errFunction
	}
	f := Function{parts[1], parts[2], parts[3], parts[4], parts[5]}
	switch {
	case f.Account != "" && len(f.Account) != accountLength, len(f.Name) > maxName, len(f.Qualifier) > maxQualifier:
		return Function{}, errFunction
	case f.Account == "" && f.Name == "function" && f.Qualifier != "": // Lambda expects the name behind it
		return Function{}, errFunction
	}
	return f, nil
}

// Invoked returns the functions that a blueprint's nodes name, or list for their
// expressions: they invoke no other.
func Invoked(b *flow.Blueprint) (functions []Function) {
	for _, node := range b.Nodes {
		if node.Uses != Name {
			continue
		}
		var params struct {
			Function  string
			Functions []string
		}
		if json.Unmarshal(node.Params, &params) != nil {
			continue // a fault of the blueprint, which its validation reports
		}
		for _, text := range append(params.Functions, params.Function) {
			if function, err := ParseFunction(text); err == nil {
				functions = append(functions, function)
			}
		}
	}
	return functions
}
