package awsenv_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flowcraft-go/flowcraft/internal/awsenv"
)

// All faults are told at once.
func TestLoad_faults(t *testing.T) {
	t.Parallel()
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	vars := map[string]string{
		"AWS_USE_FIPS_ENDPOINT": "yes", "AWS_USE_DUALSTACK_ENDPOINT": "1", "AWS_MAX_ATTEMPTS": "many", "AWS_RETRY_MODE": "often",
		"AWS_ACCOUNT_ID_ENDPOINT_MODE": "maybe", "AWS_CA_BUNDLE": empty,
	}
	_, err := awsenv.Load(func(name string) (string, bool) { text, ok := vars[name]; return text, ok })
	if err == nil {
		t.Fatal("there is no error")
	}
	for name := range vars {
		if strings.Count(err.Error(), name) != 1 {
			t.Errorf("%s is not told once:\n%v", name, err)
		}
	}
	if got := strings.Count(err.Error(), "\n") + 1; got != len(vars)+1 || !strings.Contains(err.Error(), "AWS_REGION is not set") {
		t.Errorf("%d faults, want %d:\n%v", got, len(vars)+1, err)
	}
}

// Without credentials a function starts, so that it can be checked elsewhere; its
// requests fail.
func TestLoad_credentials(t *testing.T) {
	t.Parallel()
	vars := map[string]string{"AWS_REGION": "eu-central-1"}
	cfg, err := awsenv.Load(func(name string) (string, bool) { text, ok := vars[name]; return text, ok })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cfg.Credentials.Retrieve(t.Context()); err == nil || !strings.Contains(err.Error(), "AWS_ACCESS_KEY_ID") {
		t.Errorf("%v", err)
	}
}
