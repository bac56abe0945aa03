package suites_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the expected output of the stories")

// TestStories plays the stories of the protocol, testdata/stories/*.txt: each is a
// list of commands with the requests and the records that must result. README.txt
// beside them explains how to read and write stories.
func TestStories(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/stories/[0-9]*.txt")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 15 {
		t.Errorf("there are %d stories, want all of them", len(files))
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			blocks, err := parseStory(string(text))
			if err != nil {
				t.Fatal(err)
			}
			w := newStoryWorld(t)
			for i, b := range blocks {
				if b.command == "" {
					continue
				}
				blocks[i].output = w.play(b.command, b.body)
				if diff := cmp.Diff(b.output, blocks[i].output); diff != "" && !*update {
					t.Errorf("%s (-want +got, which -update writes):\n%s", b.command, diff)
				}
			}
			if *update {
				if err := os.WriteFile(file, []byte(formatStory(blocks)), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

var messageType = regexp.MustCompile(`MessageType = "(\w+)"`)

// Every type of message is delivered in some story.
func TestEveryMessageHasAStory(t *testing.T) {
	t.Parallel()
	stories := textOf(t, "testdata/stories/[0-9]*.txt")
	types := messageType.FindAllStringSubmatch(textOf(t, "../../pkg/flow/message_*.go"), -1)
	if len(types) < 3 {
		t.Fatalf("types of messages: %q, want all", types)
	}
	for _, name := range types {
		if !strings.Contains(stories, "\ndeliver "+name[1]) {
			t.Errorf("no story delivers a message of the type %s", name[1])
		}
	}
}

// textOf is that of all files of a pattern.
func textOf(t *testing.T, pattern string) string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	return all.String()
}
