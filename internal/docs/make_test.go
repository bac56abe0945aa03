package docs

import (
	"os/exec"
	"strings"
	"testing"
)

// A pipeline deploys one stage without being asked, and a person is asked about wider
// permissions, as docs/deploying.md says.
func TestDeployOfAPipeline(t *testing.T) {
	t.Parallel()
	for arguments, want := range map[string]string{
		"STAGE=test APPROVE=never": "--context stage=test deploy --require-approval never",
		"":                         "--context stage=dev deploy --require-approval broadening",
	} {
		command := exec.CommandContext(t.Context(), "make", append([]string{"--dry-run", "deploy"}, strings.Fields(arguments)...)...)
		command.Dir = "../.."
		if got, err := command.CombinedOutput(); err != nil || !strings.Contains(string(got), want) {
			t.Errorf("make deploy %s runs %s, %v, want %s", arguments, got, err, want)
		}
	}
	if text := read(t, "docs/deploying.md"); !strings.Contains(text, "`make deploy STAGE=test APPROVE=never`") {
		t.Error("docs/deploying.md does not name the command")
	}
}
