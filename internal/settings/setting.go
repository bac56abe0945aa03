package settings

import (
	"fmt"
	"slices"
	"strings"
)

// Setting is an entry of the table.
type Setting struct {
	Name     string // its variable
	Field    string // its name in the structs that hold it
	Kind     Kind
	Default  string // as in a variable; "" is none
	Required bool   // by the functions, which do not start without it
	Readers  []Reader
	Property bool     // users can set it at the CDK construct, or in the CDK's context
	Commands []string // commands of flowctl that have a flag for it
	Doc      string   // one sentence or two, in Markdown
}

// Reader is a part of a deployment that a setting is for.
type Reader string

// The readers. A function reads its environment; the settings of the others are
// only used to deploy them.
const (
	Worker     Reader = "worker"
	Reconciler Reader = "reconciler"
	Queue      Reader = "queue" // with its event source mapping
	Deployment Reader = "deployment"
)

// All returns the settings in the order of the table.
func All() []Setting { return slices.Clone(table) }

// Of returns the setting of a field.
func Of(field string) (Setting, bool) {
	i := slices.IndexFunc(table, func(s Setting) bool { return s.Field == field })
	if i < 0 {
		return Setting{}, false
	}
	return table[i], true
}

// Rename replaces the fields of settings by one of their other names, such as
// [Setting.Flag]; other names are kept.
func Rename(fields []string, name func(Setting) string) []string {
	names := slices.Clone(fields)
	for i, field := range fields {
		if s, ok := Of(field); ok {
			names[i] = name(s)
		}
	}
	return names
}

// Key is the setting's name in the CDK's context: stalledAfter.
func (s Setting) Key() string {
	words := s.words()
	for i, word := range words[1:] {
		words[i+1] = strings.ToUpper(word[:1]) + word[1:]
	}
	return strings.Join(words, "")
}

// Flag is the setting's name on a command line: --stalled-after.
func (s Setting) Flag() string { return "--" + strings.Join(s.words(), "-") }

func (s Setting) words() []string {
	return strings.Split(strings.ToLower(strings.TrimPrefix(s.Name, "FLOW_")), "_")
}

// OfFunctions reports whether a function reads the setting in its environment.
func (s Setting) OfFunctions() bool {
	return slices.Contains(s.Readers, Worker) || slices.Contains(s.Readers, Reconciler)
}

// Parse returns the value of a text; "" gives the default. It returns the default
// also with an error.
func (s Setting) Parse(text string) (any, error) {
	value, _, err := s.read(text)
	return value, err
}

// read also returns the text that was read.
func (s Setting) read(text string) (value any, said string, err error) {
	if text != "" {
		if value, err = s.Kind.parse(text); err == nil {
			return value, text, nil
		}
	}
	if s.Default == "" {
		return s.Kind.zero, "", err
	}
	value, wrong := s.Kind.parse(s.Default)
	if wrong != nil {
		panic(fmt.Sprintf("settings: the default of %s: %v", s.Name, wrong))
	}
	return value, s.Default, err
}
