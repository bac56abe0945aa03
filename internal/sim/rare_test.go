package sim

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Every rare state is in the table, declared and recognised at the place that the table
// names.
func TestRareStatesHavePlaces(t *testing.T) {
	t.Parallel()
	listed := map[Rare]bool{}
	for _, s := range sightings {
		declared := raresOf(t, s.place)
		for name, state := range declared {
			if !slices.Contains(s.states, state) {
				t.Errorf("%s declares %s, which the table does not list there", s.place, name)
			}
			if uses := usesOf(t, s.place, name); uses < 2 {
				t.Errorf("%s never reaches %s", s.place, name)
			}
		}
		for _, state := range s.states {
			if listed[state] {
				t.Errorf("the table lists %q twice", state)
			}
			listed[state] = true
		}
		if len(declared) != len(s.states) {
			t.Errorf("%s declares %d states, and the table lists %d", s.place, len(declared), len(s.states))
		}
	}
	if len(listed) < 60 {
		t.Errorf("%d rare states are counted, want about sixty at least", len(listed))
	}
}

// raresOf returns the constants of type Rare in a file, by name.
func raresOf(t *testing.T, file string) map[string]Rare {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]Rare{}
	for _, d := range parsed.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.CONST {
			continue
		}
		for _, s := range g.Specs {
			spec := s.(*ast.ValueSpec)
			if name, ok := spec.Type.(*ast.Ident); !ok || name.Name != "Rare" {
				continue
			}
			text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			found[spec.Names[0].Name] = Rare(text)
		}
	}
	return found
}

// usesOf counts the identifiers of a name in a file.
func usesOf(t *testing.T, file, name string) (n int) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(parsed, func(node ast.Node) bool {
		if id, ok := node.(*ast.Ident); ok && id.Name == name {
			n++
		}
		return true
	})
	return n
}

func TestSightingsAreInTheTable(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		name := entry.Name()
		if strings.HasPrefix(name, "sight_") && !slices.ContainsFunc(sightings, func(s sighting) bool { return s.place == name }) {
			t.Errorf("the table lacks %s", name)
		}
	}
}

func TestUnreached(t *testing.T) {
	t.Parallel()
	all := map[Rare]int{}
	for _, state := range Rares() {
		all[state] = leastWorlds
	}
	if few := (Summary{Seeds: enoughSeeds, Reached: all}).Unreached(); len(few) > 0 {
		t.Errorf("unreached are %q, want none", few)
	}
	all[JoinByDeadEdge] = leastWorlds - 1
	few := Summary{Seeds: enoughSeeds, Reached: all}.Unreached()
	if want := `"a join is completed by a dead edge": 9`; len(few) != 1 || few[0] != want {
		t.Errorf("unreached are %q, want %q", few, want)
	}
	if few := (Summary{Seeds: enoughSeeds - 1}).Unreached(); len(few) > 0 {
		t.Errorf("a campaign that is too small to tell misses %d", len(few))
	}
}

func TestRareStateIsReachedOnce(t *testing.T) {
	t.Parallel()
	r := &rares{scheduler: newScheduler(&story{})}
	r.reach(JoinDead)
	r.reachIf(true, JoinDead)
	r.reachIf(false, AnyLate)
	if !slices.Equal(r.reached, []Rare{JoinDead}) {
		t.Errorf("reached is %q", r.reached)
	}
}
