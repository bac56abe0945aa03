package sim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// LoadBlueprints reads blueprints for the simulation from the *.json files of a
// folder and its subfolders. A file holds one blueprint, or a list of blueprints or
// of objects with a blueprint. Blueprints that the engine would refuse are left out
// and returned as errors in left; it is an error if no blueprint remains.
func LoadBlueprints(folder fs.FS) (blueprints []*flow.Blueprint, left []error, err error) {
	err = fs.WalkDir(folder, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".json") {
			return err
		}
		data, err := fs.ReadFile(folder, name)
		if err != nil {
			return err
		}
		for i, text := range blueprintTexts(data) {
			b, err := simulated(text)
			if err != nil {
				left = append(left, fmt.Errorf("%s, blueprint %d, is left out: %w", name, i+1, err))
				continue
			}
			blueprints = append(blueprints, b)
		}
		return nil
	})
	if err == nil && len(blueprints) == 0 {
		err = errors.Join(append([]error{errors.New("the folder has no blueprint (*.json) that can be simulated")}, left...)...)
	}
	return blueprints, left, err
}

// blueprintTexts returns the blueprints of a file: a file without a list holds one.
func blueprintTexts(data []byte) []json.RawMessage {
	var list []json.RawMessage
	if err := json.Unmarshal(data, &list); err != nil {
		return []json.RawMessage{data}
	}
	for i, text := range list {
		var within struct{ Blueprint json.RawMessage }
		if err := json.Unmarshal(text, &within); err == nil && bytes.HasPrefix(within.Blueprint, []byte("{")) {
			list[i] = within.Blueprint
		}
	}
	return list
}

// foreign nodes are Flowcraft's, which this version lacks: their behaviour cannot
// be drawn.
var foreign = []string{"wait", "sleep", "webhook", "subflow", "batch-scatter", "batch-gather", "loop-controller"}

// simulated returns a blueprint that is valid if there is code for every name.
func simulated(text []byte) (*flow.Blueprint, error) {
	b, err := flow.ParseBlueprint(text)
	if err != nil {
		return nil, err
	}
	registry := flow.Registry{}
	for _, n := range b.Nodes {
		if !builtin[n.Uses] && !slices.Contains(foreign, n.Uses) {
			registry[n.Uses] = flow.HandlerFunc(nil)
		}
	}
	return b, flow.Validate(b, registry)
}

// builtin nodes need no code. Their params are checked; their behaviour is drawn.
var builtin = map[string]bool{"pass": true, "eval": true, "set": true, "fail": true}
