package main

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/flowcraft-go/flowcraft/infra/cdk/flowcdk"
	"github.com/flowcraft-go/flowcraft/internal/settings"
)

// deployment holds everything that can be set of a deployment: the construct's
// properties, and a topic that is named.
type deployment struct {
	flowcdk.Props
	AlarmTopicARN string
	Protect       bool
	Provisioned   int
	Canary        string
}

var topicPattern = regexp.MustCompile(`^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$`)

var canaryPattern = regexp.MustCompile(`^Lambda(Canary10Percent(5|10|15|30)Minutes|Linear10PercentEvery(1Minute|2Minutes|3Minutes|10Minutes))$`)

// Validate reports everything that is wrong, together.
func (d deployment) Validate() error {
	var errs []error
	if d.AlarmTopicARN != "" && !topicPattern.MatchString(d.AlarmTopicARN) {
		errs = append(errs, fmt.Errorf("alarm topic ARN %q: must be the ARN of an SNS topic, and no FIFO one", d.AlarmTopicARN))
	}
	if d.Canary != "" && !canaryPattern.MatchString(d.Canary) {
		errs = append(errs, fmt.Errorf("canary %q: must be one of CodeDeploy's for Lambda: LambdaCanary10Percent5Minutes (10, 15, 30), LambdaLinear10PercentEvery1Minute (2Minutes, 3Minutes, 10Minutes)", d.Canary))
	}
	if d.Canary != "" && d.Alarms == "off" {
		errs = append(errs, errors.New("canary: it needs alarms that end it, but they are off"))
	}
	if d.Provisioned > 0 && d.Alias == nil {
		d.Alias = &flowcdk.Alias{Provisioned: d.Provisioned}
	}
	return errors.Join(append(errs, d.Props.Validate())...)
}

// known returns the settings of a deployment: each is a key of the CDK context (-c
// stage=prod, or in cdk.json), or an environment variable, which the context
// overrides.
func known() []settings.Setting {
	return slices.DeleteFunc(settings.All(), func(s settings.Setting) bool { return !s.Property })
}

// readSettings reads context and environment. The error names everything that
// cannot be read, and unknown keys of the context: a typing error must not deploy a
// default.
func readSettings(context map[string]any, lookup func(string) (string, bool)) (deployment, error) {
	d := deployment{}
	errs := []error{checkKeys(context)}
	for _, setting := range known() {
		value, source := asText(context[setting.Key()]), "context "+setting.Key()
		if value == "" {
			value, _ = lookup(setting.Name)
			source = setting.Name
		}
		if value == "" {
			continue
		}
		if err := setting.Set(&d, value); err != nil {
			errs = append(errs, fmt.Errorf("%s is %q: %w", source, value, err))
		}
	}
	return d, errors.Join(errs...)
}

// checkKeys looks at plain keys only; those with @, : and / are the CDK's.
func checkKeys(context map[string]any) error {
	var keys []string
	for _, setting := range known() {
		keys = append(keys, setting.Key())
	}
	var errs []error
	for _, key := range slices.Sorted(maps.Keys(context)) {
		if !slices.Contains(keys, key) && !strings.ContainsAny(key, "@:/") {
			errs = append(errs, fmt.Errorf("context %s: there is no such setting; there are %s", key, strings.Join(keys, ", ")))
		}
	}
	return errors.Join(errs...)
}

// asText returns the text of a value in cdk.json.
func asText(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case []any:
		texts := make([]string, len(v))
		for i, element := range v {
			texts[i] = asText(element)
		}
		return strings.Join(texts, ",")
	}
	return fmt.Sprint(value)
}
