package docs

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

var (
	awsCommand = regexp.MustCompile("\\baws ([a-z-]+) ([a-z0-9-]+)([^`\n]*)")
	awsFlag    = regexp.MustCompile(` --([a-z0-9-]+)`)
	quotedText = regexp.MustCompile(`'[^']*'|"[^"]*"`)
)

// clients are those of the services that documents name, by their name on the command
// line: each of their commands is a method, and each of its flags a field of its input.
var clients = map[string]any{
	"cloudformation": &cloudformation.Client{}, "logs": &cloudwatchlogs.Client{}, "dynamodb": &dynamodb.Client{},
	"lambda": &lambda.Client{}, "sqs": &sqs.Client{},
}

// custom are the commands that are no operation of a service, with their flags.
var custom = map[string][]string{
	"logs tail":                  {"since", "filter-pattern", "follow"},
	"dynamodb wait":              {"table-name"},
	"sns create-topic":           {"name"},
	"iam attach-role-policy":     {"role-name", "policy-arn"},
	"iam detach-role-policy":     {"role-name", "policy-arn"},
	"cloudwatch describe-alarms": {"state-value"},
	"sns subscribe":              {"topic-arn", "protocol", "notification-endpoint"},
}

// ofAll are the flags of every command, and those that page through results.
var ofAll = []string{"query", "output", "region", "profile", "max-items", "page-size", "cli-binary-format"}

// Every command of the AWS command line that a document shows exists, with its flags.
func TestCommandsOfAWSExist(t *testing.T) {
	t.Parallel()
	found := 0
	for _, document := range documents(t) {
		text := strings.ReplaceAll(read(t, document), "\\\n", " ") // a command may go on in the next line
		for _, match := range awsCommand.FindAllStringSubmatch(text, -1) {
			found++
			service, command := match[1], match[2]
			line, _, _ := strings.Cut(quotedText.ReplaceAllString(match[3], ""), " && ")
			var flags []string
			for _, f := range awsFlag.FindAllStringSubmatch(line, -1) {
				if !slices.Contains(ofAll, f[1]) {
					flags = append(flags, f[1])
				}
			}
			if fault := faultOf(service, command, flags); fault != "" {
				t.Errorf("%s: aws %s %s: %s", document, service, command, fault)
			}
		}
	}
	if found < 30 {
		t.Errorf("%d commands found, want more", found)
	}
}

// faultOf returns the fault of a command, or nothing.
func faultOf(service, command string, flags []string) string {
	if known, ok := custom[service+" "+command]; ok {
		for _, f := range flags {
			if !slices.Contains(known, f) {
				return "it has no --" + f
			}
		}
		return ""
	}
	client := clients[service]
	if client == nil {
		return "the service is not known here"
	}
	for method := range reflect.TypeOf(client).Methods() {
		if !strings.EqualFold(method.Name, strings.ReplaceAll(command, "-", "")) {
			continue
		}
		input := method.Type.In(2).Elem()
		for _, f := range flags {
			name := strings.ReplaceAll(strings.TrimPrefix(f, "no-"), "-", "")
			if _, ok := input.FieldByNameFunc(func(field string) bool { return strings.EqualFold(field, name) }); !ok {
				return "it has no --" + f
			}
		}
		return ""
	}
	return "there is no such command"
}
