package flow

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// LoadBlueprints parses every *.json of the folder (without subfolders), sorted by
// name. The error names the file of every fault; two files with the same blueprint id
// are a fault. With an error no blueprint is returned.
func LoadBlueprints(folder fs.FS) ([]*Blueprint, error) {
	entries, err := fs.ReadDir(folder, ".")
	if err != nil {
		return nil, fmt.Errorf("load blueprints: %w", err)
	}
	var blueprints []*Blueprint
	var errs []error
	files := map[string]string{} // by blueprint id
	for _, entry := range entries {
		name := entry.Name()
		if entry.IsDir() || !strings.HasSuffix(name, ".json") {
			continue
		}
		b, err := loadBlueprint(folder, name)
		if err != nil {
			errs = append(errs, fmt.Errorf("load blueprint from %s: %w", name, err))
			continue
		}
		if first, ok := files[b.ID]; ok {
			errs = append(errs, fmt.Errorf("load blueprint from %s: %s has the id %q too: rename or remove one of them", name, first, b.ID))
			continue
		}
		files[b.ID] = name
		blueprints = append(blueprints, b)
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return blueprints, nil
}

func loadBlueprint(folder fs.FS, name string) (*Blueprint, error) {
	data, err := fs.ReadFile(folder, name)
	if err != nil {
		return nil, err
	}
	return ParseBlueprint(data)
}
