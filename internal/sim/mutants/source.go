package main

import (
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"strings"
)

// source is a file with its markers.
type source struct {
	file    string // from the module's root
	text    string
	set     *token.FileSet
	syntax  *ast.File
	first   map[int]token.Pos // by line: the first token, except for comments
	markers []marker
}

// readSource finds the markers in a file's text.
func readSource(file, text string) (*source, error) {
	s := &source{file: file, text: text, set: token.NewFileSet(), first: map[int]token.Pos{}}
	var err error
	if s.syntax, err = parser.ParseFile(s.set, file, text, parser.ParseComments); err != nil {
		return nil, err
	}
	s.scan()
	for _, group := range s.syntax.Comments {
		for _, comment := range group.List {
			if !strings.HasPrefix(comment.Text, markerPrefix) {
				continue
			}
			m, err := s.marker(comment)
			if err != nil {
				return nil, err
			}
			s.markers = append(s.markers, m)
		}
	}
	return s, nil
}

// scan finds the first token of each line.
func (s *source) scan() {
	var scan scanner.Scanner
	scan.Init(s.set.File(s.syntax.FileStart), []byte(s.text), nil, 0) // without comments
	for {
		pos, kind, literal := scan.Scan()
		if kind == token.EOF {
			return
		}
		if kind == token.SEMICOLON && literal == "\n" {
			continue // not in the text
		}
		if line := s.line(pos); s.first[line] == token.NoPos {
			s.first[line] = pos
		}
	}
}

func (s *source) line(pos token.Pos) int { return s.set.PositionFor(pos, false).Line }

func (s *source) at(pos token.Pos) token.Position { return s.set.PositionFor(pos, false) }

// code returns the text of the file between two positions.
func (s *source) code(from, to token.Pos) string {
	return s.text[s.at(from).Offset:s.at(to).Offset]
}
