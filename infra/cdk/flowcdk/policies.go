package flowcdk

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/constructs-go/constructs/v10"

	"github.com/flowcraft-go/flowcraft/pkg/lambdanode"
)

// IAM's limits, in characters, and by default of managed policies of one role.
const (
	maxManagedPolicy   = 6144
	maxManagedPolicies = 10
	maxInlinePolicies  = 10240 // of a role together
)

const (
	// otherStatements is more than the length of the statements of a worker's role
	// that do not grow.
	otherStatements = 5000
	// invokeStatement is the length of a policy with one statement, without its
	// resources.
	invokeStatement = 150
	// longestARN is that of a function with a qualifier, for ARNs that become known
	// only when they are deployed.
	longestARN = 270
)

// invoked is a function that the worker may invoke.
type invoked struct {
	text     string // that names it, if it is a token
	function lambdanode.Function
}

// length is at least the number of characters of the function's ARN in a policy, in
// the partition and the region with the longest names.
func (i invoked) length() int {
	if i.text != "" {
		return longestARN
	}
	name := i.function.Name + ":" + i.function.Qualifier
	return len(`"arn:aws-us-gov:lambda:ap-southeast-1:123456789012:function:",`) + len(name)
}

// planInvocations divides the functions among policies: none if they fit into the
// role's inline policy with the characters beside them, else managed ones.
func planInvocations(functions []invoked, beside int) (managed [][]invoked) {
	total := beside
	for _, f := range functions {
		total += f.length()
	}
	if total+invokeStatement+otherStatements <= maxInlinePolicies {
		return nil
	}
	room := 0
	for _, f := range functions {
		if room < f.length() {
			managed, room = append(managed, nil), maxManagedPolicy-invokeStatement
		}
		managed[len(managed)-1] = append(managed[len(managed)-1], f)
		room -= f.length()
	}
	return managed
}

// checkPolicies requires that the functions fit into the policies of a role.
func checkPolicies(functions []invoked) error {
	if n := len(planInvocations(functions, maxSecrets)); n > maxManagedPolicies {
		return fmt.Errorf("lambda functions: the %d that the worker invokes need %d managed policies, but a role has %d at most: "+
			"name fewer, or let one function call others", len(functions), n, maxManagedPolicies)
	}
	return nil
}

// invokeAccess allows the worker to invoke functions: by a statement of its role's
// own, or, where they would burst that, by managed policies.
func (f *Flow) invokeAccess(p Props) (inline []access, managed []awsiam.IManagedPolicy) {
	functions := p.invocable()
	if len(functions) == 0 {
		return nil, nil
	}
	plan := planInvocations(functions, secretsLength(readable(p)))
	if plan == nil {
		return []access{invoke(f.Construct, functions)}, nil
	}
	for i, part := range plan {
		managed = append(managed, awsiam.NewManagedPolicy(f.Construct, new(fmt.Sprintf("WorkerInvokes%d", i+1)), &awsiam.ManagedPolicyProps{
			Description: new("Functions that the worker's nodes invoke"),
			Statements:  &[]awsiam.PolicyStatement{invoke(f.Construct, part).statement()},
		}))
	}
	return nil, managed
}

func invoke(scope constructs.Construct, functions []invoked) access {
	a := access{sid: "Invoke", actions: []string{"lambda:InvokeFunction"}}
	for _, function := range functions {
		a.resources = append(a.resources, new(function.arn(scope)))
	}
	return a
}
