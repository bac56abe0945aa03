package arch

import (
	"cmp"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// maxPronouns is the limit of the pronouns below in 1,000 comment lines.
const maxPronouns = 8

// pronouns begin clauses that stand for a noun. The noun is easier to read: "missing
// items are returned".
var pronouns = regexp.MustCompile(`(?i)\b(what|who|whom|whoever|whatever)\b`)

// directive matches comments for tools, such as go:embed and rule:name.
var directive = regexp.MustCompile(`^//[a-z]+:\S`)

// english holds the counts of a file's comments, and the lines with a pronoun.
type english struct {
	lines, pronouns int
	found           []string
}

// The comments of both modules use nouns.
func TestCommentsArePlainEnglish(t *testing.T) {
	t.Parallel()
	var all []english
	lines, count := 0, 0
	for _, name := range goFiles(t, "../..") {
		e, err := englishOf(name, nil)
		if err != nil {
			t.Fatal(err)
		}
		lines += e.lines
		count += e.pronouns
		all = append(all, e)
	}
	if lines == 0 {
		t.Fatal("there are no comments")
	}
	if 1000*count <= maxPronouns*lines {
		return
	}
	slices.SortStableFunc(all, func(a, b english) int { return cmp.Compare(b.pronouns, a.pronouns) })
	var worst []string
	for _, e := range all[:min(len(all), 20)] {
		worst = append(worst, e.found...)
	}
	t.Errorf("%d times what or who in %d comment lines, %d in 1,000: the limit is %d. Name the thing instead. The worst files:\n%s",
		count, lines, 1000*count/lines, maxPronouns, strings.Join(worst, "\n"))
}

func goFiles(t *testing.T, root string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		skipped := entry != nil && entry.IsDir() && name != root &&
			(strings.HasPrefix(entry.Name(), ".") || entry.Name() == "node_modules" || entry.Name() == "cdk.out")
		switch {
		case err != nil:
			return err
		case skipped:
			return filepath.SkipDir
		case strings.HasSuffix(name, ".go"):
			files = append(files, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// englishOf counts the comment lines of a file, or of source if that is not nil.
func englishOf(name string, source any) (english, error) {
	var e english
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return e, err
	}
	for _, group := range file.Comments {
		for _, comment := range group.List {
			if directive.MatchString(comment.Text) {
				continue
			}
			first := set.Position(comment.Pos()).Line
			for i, line := range strings.Split(comment.Text, "\n") {
				e.lines++
				if n := len(pronouns.FindAllString(line, -1)); n > 0 {
					e.pronouns += n
					e.found = append(e.found, fmt.Sprintf("%s:%d: %s", name, first+i, strings.TrimSpace(line)))
				}
			}
		}
	}
	return e, nil
}

func TestEnglishIsCounted(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"// What is left, whoever takes it.": "1 lines, 2 pronouns",
		"// Somewhat whole.\n// Plain.":      "2 lines, 0 pronouns",
		"/* Who\nwhat\n*/":                   "3 lines, 2 pronouns",
		"//go:embed what":                    "0 lines, 0 pronouns",
		"//rule:who-knows = what":            "0 lines, 0 pronouns",
		`const text = "// what"`:             "0 lines, 0 pronouns",
		"func f() {} // WHOM":                "1 lines, 1 pronouns",
	} {
		e, err := englishOf("x.go", "package x\n\n"+source+"\n")
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%d lines, %d pronouns", e.lines, e.pronouns); got != want {
			t.Errorf("%s has %s, want %s", source, got, want)
		}
	}
}
