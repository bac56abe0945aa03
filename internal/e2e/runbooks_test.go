package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// script is a block of shell commands in a document, or in one of its lists.
var script = regexp.MustCompile("(?ms)^ *```sh\n(.*?)^ *```$")

// runbook returns the blocks with a command below a heading of docs/operations.md.
func runbook(t *testing.T, heading, command string) (found []string) {
	t.Helper()
	text, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(text), "\n### "+heading+"\n")
	if !ok {
		t.Fatalf("docs/operations.md has no heading %q", heading)
	}
	section, _, _ = strings.Cut(section, "\n##")
	for _, block := range script.FindAllStringSubmatch(section, -1) {
		if strings.Contains(block[1], command) {
			found = append(found, block[1])
		}
	}
	if len(found) == 0 {
		t.Fatalf("below %q no block has %s", heading, command)
	}
	return found
}

// shell runs commands against the stack, with nothing else in their environment. The
// blueprint of the documents is one of the tests here.
func (d *dev) shell(script string) (output string) {
	d.Helper()
	cmd := exec.CommandContext(d.Context(), "sh", "-e", "-c", strings.ReplaceAll(script, "start orders ", "start emoji "))
	cmd.Dir, cmd.Env = d.dir, append(d.environ(), "PATH="+filepath.Dir(flowctl)+":"+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	if err != nil {
		d.Fatalf("%s\n%v: %s", script, err, out)
	}
	return string(out)
}

// The commands of flowctl in the runbooks do as these say.
func TestRunbooks(t *testing.T) {
	t.Parallel()
	d := start(t)
	if err := os.WriteFile(d.file("ids"), []byte("1\n2\n3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	imported := []run{{id: "import-1"}, {id: "import-2"}, {id: "import-3"}}
	for _, block := range runbook(t, "Mass starts", "flowctl") {
		d.shell(block)
		d.ended(imported...)
		d.shell(block) // from its beginning: nothing starts twice
	}
	for _, r := range imported {
		if report := d.report(r.id); report.Status != flow.Completed {
			t.Errorf("run %s has %s, want completed", r.id, report.Status)
		}
	}

	letter := run{id: "letter-1", blueprint: "emoji"}
	d.send(letter.job("done")) // before its run
	d.eventually(func() string {
		if d.depth(d.DLQURL) == 0 {
			return "there is no dead letter"
		}
		return ""
	})
	for _, block := range runbook(t, "One dead letter", "flowctl") {
		if listed := d.shell(block); !strings.Contains(listed, `"letter-1"`) {
			t.Errorf("the list has no letter-1: %s", listed)
		}
	}
	d.send(letter.body())
	d.ended(letter)
	for _, block := range runbook(t, "Stop one blueprint, or one tenant", "flowctl") {
		_, commands, _ := strings.Cut(block, "flowctl") // behind those of other tools
		d.shell("flowctl" + commands)
	}
	d.drained()
	d.quiet() // no letter is left
}
