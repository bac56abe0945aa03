package docs

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
)

// Nobody reads a longer README: details have their own documents.
func TestReadmeIsShort(t *testing.T) {
	t.Parallel()
	const most = 200
	if lines := strings.Count(read(t, "README.md"), "\n"); lines > most {
		t.Errorf("README.md has %d lines, want at most %d", lines, most)
	}
}

var (
	link    = regexp.MustCompile(`\]\(([^)#:\s]*)(#[^)\s]+)?\)`)
	heading = regexp.MustCompile("(?m)^#+ (.+)$")
	notSlug = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// Every link between documents leads to a file, and to an existing heading.
func TestLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	found := 0
	for _, document := range documents(t) {
		for _, match := range link.FindAllStringSubmatch(read(t, document), -1) {
			found++
			target := document
			if match[1] != "" {
				target = filepath.Join(filepath.Dir(document), match[1])
			}
			if _, err := os.Stat(filepath.Join(root, target)); err != nil {
				t.Errorf("%s links to %s: %v", document, match[0], err)
				continue
			}
			if match[2] != "" && !slices.Contains(anchors(t, target), match[2][1:]) {
				t.Errorf("%s links to %s, and %s has no such heading", document, match[0], target)
			}
		}
	}
	if found < 40 {
		t.Errorf("%d links found, want more", found)
	}
}

// anchors returns the names by which links refer to a document's headings.
func anchors(t *testing.T, document string) (names []string) {
	t.Helper()
	text := fence.ReplaceAllString(read(t, document), "") // a comment in a script is no heading
	for _, match := range heading.FindAllStringSubmatch(text, -1) {
		names = append(names, strings.ReplaceAll(notSlug.ReplaceAllString(strings.ToLower(match[1]), ""), " ", "-"))
	}
	return names
}

// The README's list names every document.
func TestReadmeLinksEveryDocument(t *testing.T) {
	t.Parallel()
	readme := read(t, "README.md")
	for _, document := range documents(t) {
		if document != "README.md" && !strings.Contains(readme, "]("+document+")") {
			t.Errorf("README.md does not link to %s", document)
		}
	}
}

var queried = regexp.MustCompile(`--index-name (\w+)[^']+(?:'[^']*'[^']+)?'#(\w+) = [^{]+(\{[^}]+\})`)

// A query in a document uses an existing index, by its hash key: not by its plain name,
// which may be a word that DynamoDB reserves, such as "list".
func TestQueriedIndexesExist(t *testing.T) {
	t.Parallel()
	found, texts := 0, []string{}
	for _, document := range documents(t) {
		texts = append(texts, read(t, document))
		for _, match := range queried.FindAllStringSubmatch(read(t, document), -1) {
			found++
			hash := tables.Status().Index(match[1]).Hash.Name
			if key := fmt.Sprintf("%q:%q", "#"+match[2], hash); !strings.Contains(match[3], key) {
				t.Errorf("%s queries the index %s with the names %s, want %s", document, match[1], match[3], key)
			}
		}
	}
	if all := strings.Count(strings.Join(texts, ""), "--index-name"); found != all || found == 0 {
		t.Errorf("%d of the %d queries of an index name its key as #l, want all", found, all)
	}
}
