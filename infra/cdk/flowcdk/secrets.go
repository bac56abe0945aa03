package flowcdk

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"

	"github.com/flowcraft-go/flowcraft/pkg/flow/secret"
	"github.com/flowcraft-go/flowcraft/pkg/httpnode"
)

// maxSecrets is the limit of the ARNs of secrets in the worker's policy, in characters:
// beside them, the functions that it invokes still have room.
const maxSecrets = 4000

// readable returns the secrets that the worker may read, each once and without its
// field: those that nodes of the blueprints name, and those of Secrets.
func readable(p Props) (names []secret.Name) {
	for _, b := range p.Blueprints {
		if b != nil { // else validation reports it
			names = append(names, httpnode.Secrets(b)...)
		}
	}
	for _, text := range p.Secrets {
		if name, err := secret.Parse(text); err == nil { // Validate has reported the others
			names = append(names, name)
		}
	}
	for i := range names {
		names[i].Field = ""
	}
	slices.SortFunc(names, func(a, b secret.Name) int { return cmp.Compare(a.String(), b.String()) })
	return slices.Compact(names)
}

// checkSecrets checks the secrets beside those of blueprints, and that all fit into
// the worker's policy.
func checkSecrets(p Props) (errs []error) {
	for _, text := range p.Secrets {
		if _, err := secret.Parse(text); err != nil {
			errs = append(errs, fmt.Errorf("secret %q: %w", text, err))
		}
	}
	names := readable(p)
	if n := secretsLength(names); n > maxSecrets {
		errs = append(errs, fmt.Errorf("secrets: the ARNs of the %d that the worker reads have %d characters, but there is room for %d in its policy: put several values into one secret, and name them by #field", len(names), n, maxSecrets))
	}
	return errs
}

// secretsLength is at least the number of characters of the ARNs in a policy.
func secretsLength(names []secret.Name) (length int) {
	for _, name := range names {
		length += len(`"arn:aws-us-gov:secretsmanager:ap-southeast-1:123456789012:secret:-??????",`) + len(name.ID)
	}
	return length
}

// secretAccess allows the worker to read its secrets, and no others.
func secretAccess(scope constructs.Construct, p Props) (all []access) {
	secrets := access{sid: "Secrets", actions: []string{"secretsmanager:GetSecretValue"}}
	parameters := access{sid: "Parameters", actions: []string{"ssm:GetParameter"}}
	for _, name := range readable(p) {
		if name.Parameter {
			parameters.resources = append(parameters.resources, secretARN(scope, name, "ssm", "parameter", awscdk.ArnFormat_SLASH_RESOURCE_NAME))
		} else {
			secrets.resources = append(secrets.resources, secretARN(scope, name, "secretsmanager", "secret", awscdk.ArnFormat_COLON_RESOURCE_NAME))
		}
	}
	for _, a := range []access{secrets, parameters} {
		if len(a.resources) > 0 {
			all = append(all, a)
		}
	}
	return all
}

// secretARN returns the ARN for IAM. Secrets Manager puts a hyphen and six characters
// behind the name, which only a complete ARN has.
func secretARN(scope constructs.Construct, name secret.Name, service, kind string, format awscdk.ArnFormat) *string {
	if name.Region() != "" {
		return &name.ID
	}
	id := strings.TrimPrefix(name.ID, "/")
	if !name.Parameter {
		id = name.ID + "-??????"
	}
	return awscdk.Stack_Of(scope).FormatArn(&awscdk.ArnComponents{
		Service: &service, Resource: &kind, ResourceName: &id, ArnFormat: format,
	})
}
