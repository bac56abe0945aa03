package flowcdk

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"

	"github.com/flowcraft-go/flowcraft/pkg/lambdanode"
)

// invocable returns the functions that the worker may invoke, each once: those that
// nodes of the blueprints name, and those of LambdaNodes and LambdaFunctions.
func (p Props) invocable() (all []invoked) {
	seen := map[invoked]bool{}
	add := func(i invoked) {
		if !seen[i] {
			seen[i] = true
			all = append(all, i)
		}
	}
	for _, b := range p.Blueprints {
		if b == nil {
			continue // validation reports it
		}
		for _, function := range lambdanode.Invoked(b) {
			add(invoked{function: function})
		}
	}
	for _, uses := range slices.Sorted(maps.Keys(p.LambdaNodes)) {
		if function, err := lambdanode.ParseFunction(p.LambdaNodes[uses]); err == nil { // Validate has reported the others
			add(invoked{function: function})
		}
	}
	for _, text := range p.LambdaFunctions {
		if isToken(text) {
			add(invoked{text: text})
		} else if function, err := lambdanode.ParseFunction(text); err == nil { // Validate has reported the others
			add(invoked{function: function})
		}
	}
	return all
}

// arn returns the ARN that Lambda passes to IAM: with the qualifier, if the function is
// invoked with one.
func (i invoked) arn(scope constructs.Construct) string {
	if i.text != "" {
		return i.text
	}
	f := i.function
	name := strings.TrimSuffix(f.Name+":"+f.Qualifier, ":")
	return *awscdk.Stack_Of(scope).FormatArn(&awscdk.ArnComponents{
		Partition: given(f.Partition), Region: given(f.Region), Account: given(f.Account),
		Service: new("lambda"), Resource: new("function"), ResourceName: &name, ArnFormat: awscdk.ArnFormat_COLON_RESOURCE_NAME,
	})
}

// given returns nil for a value that is left to the stack.
func given(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func isToken(text string) bool { return *awscdk.Token_IsUnresolved(text) }

// checkInvocations checks the functions beside those of blueprints.
func (p Props) checkInvocations() error {
	var errs []error
	for _, text := range p.LambdaFunctions {
		if _, err := lambdanode.ParseFunction(text); err != nil && !isToken(text) {
			errs = append(errs, fmt.Errorf("lambda function %q: %w", text, err))
		}
	}
	for _, uses := range slices.Sorted(maps.Keys(p.LambdaNodes)) {
		function := p.LambdaNodes[uses]
		if _, err := lambdanode.ParseFunction(function); err != nil {
			errs = append(errs, fmt.Errorf("lambda node type %q: function %q: %w", uses, function, err))
		}
		if uses == "" || strings.ContainsAny(uses, "=,") || strings.TrimSpace(uses) != uses {
			errs = append(errs, fmt.Errorf("lambda node type %q: must be the name of a node type, without =, commas and spaces around it", uses))
		}
	}
	return errors.Join(errs...)
}
