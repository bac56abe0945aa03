package servers

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// The version is pinned in package.json too, where the package is dynamoPackaged.
const (
	dynamoVersion  = "1.2.1"
	dynamoPackaged = "@dynoxide/linux-x64"
)

// DynamoDB starts the DynamoDB-compatible server. Its package is searched in
// node_modules of each of the dirs and of the folders above it; without dirs, of the
// working directory. The context limits the start only. A missing package is a
// *[MissingError].
func DynamoDB(ctx context.Context, dirs ...string) (*Server, error) {
	s, err := dynamoDB(ctx, dirs, dynamoPackage(runtime.GOOS, runtime.GOARCH))
	if err != nil {
		return nil, fmt.Errorf("start the DynamoDB-compatible server: %w", err)
	}
	return s, nil
}

func dynamoDB(ctx context.Context, dirs []string, pkg string) (*Server, error) {
	root, err := modules(pkg, dirs)
	if missing, ok := errors.AsType[*MissingError](err); ok {
		missing.Server, missing.Flag = "DynamoDB", "--dynamodb-endpoint"
		missing.Install = dynamoInstall(pkg)
	}
	if err != nil {
		return nil, err
	}
	binary := filepath.Join(root, "node_modules", filepath.FromSlash(pkg), "dynoxide")
	// The server cannot choose its port itself, so another process may take it first.
	for range 3 {
		var s *Server
		if s, err = serve(ctx, binary); err == nil || !strings.Contains(err.Error(), "in use") {
			return s, err
		}
	}
	return nil, err
}

func serve(ctx context.Context, binary string) (*Server, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	address := "127.0.0.1:" + port
	return start(ctx, exec.Command(binary, "serve", "--host", "127.0.0.1", "--port", port), func(output string) string {
		if strings.Contains(output, "listening on http://"+address) {
			return address
		}
		return ""
	})
}

// dynamoPackage returns the server's npm package for a platform, in Node's names.
func dynamoPackage(goos, goarch string) string {
	if goos == "windows" {
		goos = "win32"
	}
	if goarch == "amd64" {
		goarch = "x64"
	}
	return "@dynoxide/" + goos + "-" + goarch
}

func dynamoInstall(pkg string) string {
	if pkg == dynamoPackaged {
		return "npm ci --ignore-scripts"
	}
	return "npm install --no-save --ignore-scripts " + pkg + "@" + dynamoVersion
}
