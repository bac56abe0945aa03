package servers

import "testing"

func TestDynamoInstall(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ goos, goarch, want string }{
		{"linux", "amd64", "npm ci --ignore-scripts"},
		{"darwin", "arm64", "npm install --no-save --ignore-scripts @dynoxide/darwin-arm64@1.2.1"},
		{"windows", "amd64", "npm install --no-save --ignore-scripts @dynoxide/win32-x64@1.2.1"},
	} {
		if got := dynamoInstall(dynamoPackage(c.goos, c.goarch)); got != c.want {
			t.Errorf("%s/%s: install with %q, want %q", c.goos, c.goarch, got, c.want)
		}
	}
}
