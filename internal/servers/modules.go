package servers

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// MissingError says that a server's npm package is not installed.
type MissingError struct {
	Server  string // the service that it emulates
	Package string
	Dir     string // where the search began first
	Install string // the one line that installs it
	Flag    string // the flag of flowctl that names another endpoint
}

func (e *MissingError) Error() string {
	return fmt.Sprintf("the %s-compatible server (npm package %s) is not in node_modules of %s or of a folder above it\n"+
		"install it there with: %s\nor name another endpoint with: %s",
		e.Server, e.Package, e.Dir, e.Install, e.Flag)
}

// modules returns the nearest folder, from one of the dirs upwards, whose
// node_modules has the package. Without dirs it searches from the working directory.
func modules(pkg string, dirs []string) (string, error) {
	if len(dirs) == 0 {
		dirs = []string{""}
	}
	var missing error
	for _, dir := range dirs {
		found, err := upwards(dir, pkg)
		if _, ok := errors.AsType[*MissingError](err); !ok {
			return found, err
		}
		missing = cmp.Or(missing, err)
	}
	return "", missing
}

func upwards(dir, pkg string) (string, error) {
	start, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for at := start; ; at = filepath.Dir(at) {
		_, err := os.Stat(filepath.Join(at, "node_modules", filepath.FromSlash(pkg), "package.json"))
		if err == nil {
			return at, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		if at == filepath.Dir(at) {
			return "", &MissingError{Package: pkg, Dir: start}
		}
	}
}
