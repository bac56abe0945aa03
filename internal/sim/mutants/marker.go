package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// markerPrefix begins the comment that names a rule where it is implemented.
const markerPrefix = "//rule:"

var markerPattern = regexp.MustCompile(`^//rule:([a-z0-9]+(?:-[a-z0-9]+)*)(?: = (\S.*))?$`)

// marker is a comment that names a rule.
type marker struct {
	rule  string
	with  string // stands in for the value of the marked code; "": the rule is just switched off
	line  int    // of the marked code
	above bool   // the comment has a line of its own, above the code
}

func (s *source) marker(comment *ast.Comment) (marker, error) {
	parts := markerPattern.FindStringSubmatch(comment.Text)
	if parts == nil {
		return marker{}, fmt.Errorf("%s: want //rule:NAME or //rule:NAME = EXPRESSION, with a name in lower case: %s", s.at(comment.Pos()), comment.Text)
	}
	m := marker{rule: parts[1], with: parts[2], line: s.line(comment.Pos())}
	if m.with != "" {
		if _, err := parser.ParseExprFrom(token.NewFileSet(), "", "f("+m.with+")", 0); err != nil {
			return marker{}, fmt.Errorf("%s: %q is no expression: %w", s.at(comment.Pos()), m.with, err)
		}
	}
	for m.above = s.first[m.line] == token.NoPos; s.first[m.line] == token.NoPos; m.line++ {
		if m.line > s.line(s.syntax.FileEnd) {
			return marker{}, fmt.Errorf("%s: there is no code below the mark of %s", s.at(comment.Pos()), m.rule)
		}
	}
	return m, nil
}

// markedFolders are those whose rules the simulation tests.
var markedFolders = []string{"pkg/flow", "internal/decide"}

// markedRules returns the edits that switch off each marked rule.
func markedRules(root string) (map[string][]edit, error) {
	found := map[string][]edit{}
	for _, folder := range markedFolders {
		err := fs.WalkDir(os.DirFS(root), folder, func(file string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
				return err
			}
			text, err := os.ReadFile(filepath.Join(root, file))
			if err != nil {
				return err
			}
			s, err := readSource(file, string(text))
			if err != nil {
				return err
			}
			for _, m := range s.markers {
				e, err := s.switchOff(m)
				if err != nil {
					return err
				}
				found[m.rule] = append(found[m.rule], e)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}
