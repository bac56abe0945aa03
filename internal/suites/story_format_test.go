package suites_test

import (
	"fmt"
	"strings"
	"testing"
)

// block is a part of a story between blank lines: a comment, or a command and its
// output.
type block struct {
	comment string
	command string
	body    []string
	output  []string
}

// separator is the line between a command and its output.
const separator = "----"

// parseStory splits a story into its blocks.
func parseStory(text string) (blocks []block, err error) {
	for part := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		lines := strings.Split(strings.Trim(part, "\n"), "\n")
		if strings.HasPrefix(lines[0], "#") {
			blocks = append(blocks, block{comment: strings.Join(lines, "\n")})
			continue
		}
		b := block{command: lines[0]}
		for i, line := range lines[1:] {
			if line == separator {
				b.body, b.output = lines[1:i+1], lines[i+2:]
				blocks = append(blocks, b)
				break
			}
			if i == len(lines)-2 {
				return nil, fmt.Errorf("the command %q has no line %s below it", b.command, separator)
			}
		}
		if len(lines) == 1 {
			return nil, fmt.Errorf("the command %q has no line %s below it", b.command, separator)
		}
	}
	return blocks, nil
}

// formatStory returns the text of a story.
func formatStory(blocks []block) string {
	parts := make([]string, len(blocks))
	for i, b := range blocks {
		if b.comment != "" {
			parts[i] = b.comment
			continue
		}
		lines := append([]string{b.command}, b.body...)
		lines = append(lines, separator)
		parts[i] = strings.Join(append(lines, b.output...), "\n")
	}
	return strings.Join(parts, "\n\n") + "\n"
}

func TestStoryFormat(t *testing.T) {
	t.Parallel()
	const story = "# About\n# it.\n\nblueprint\na -> b\nb -> c\n----\n\nshow\n----\n  run\nqueue: empty\n"
	blocks, err := parseStory(story)
	if err != nil {
		t.Fatal(err)
	}
	if len(blocks) != 3 || len(blocks[1].body) != 2 || len(blocks[1].output) != 0 || len(blocks[2].output) != 2 {
		t.Errorf("the blocks are %+v", blocks)
	}
	if got := formatStory(blocks); got != story {
		t.Errorf("the story becomes %q", got)
	}
	for _, bad := range []string{"show", "show\nqueue: empty"} {
		if _, err := parseStory(bad); err == nil {
			t.Errorf("the story %q has no error", bad)
		}
	}
}
