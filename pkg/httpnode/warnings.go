package httpnode

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// The codes of the warnings of [Warnings].
const (
	CodeCredential = "CREDENTIAL_IN_BLUEPRINT"
	CodeJoinedURL  = "JOINED_URL"
)

// withCredentials are the params in which credentials are sent.
var withCredentials = []string{"basicAuth", "form", "headers"}

// Warnings returns the places of a blueprint's nodes where a literal looks like a
// credential, and where a URL is joined from parts. Such a blueprint is valid; but the
// literal is stored with each version of the blueprint, where everybody can read it who
// may read the tables, and a value in the URL may change the request. The warnings do not
// show the literal.
func Warnings(b *flow.Blueprint) (warnings []flow.Issue) {
	for i, node := range b.Nodes {
		var params map[string]json.RawMessage
		if node.Uses != Name || json.Unmarshal(node.Params, &params) != nil {
			continue
		}
		if isJoined(params["url"]) {
			warnings = append(warnings, flow.Issue{
				Code: CodeJoinedURL, Path: fmt.Sprintf("nodes[%d].params.url", i),
				Message: `it joins texts to a URL, and a value such as a&b=c or ../admin makes another request of it: write the URL as "https://host/items/{id}", without inner quotes, and the values in params.path and params.query, which encode them`,
			})
		}
		for _, param := range withCredentials {
			var values map[string]json.RawMessage
			_ = json.Unmarshal(params[param], &values) // a param of another form has no values
			for _, key := range slices.Sorted(maps.Keys(values)) {
				var expression string
				if json.Unmarshal(values[key], &expression) == nil && holdsCredential(key, expression) {
					warnings = append(warnings, flow.Issue{
						Code: CodeCredential, Path: fmt.Sprintf("nodes[%d].params.%s.%s", i, param, key),
						Message: `a text in it looks like a credential, and a blueprint is no place for one: store it as a secret, and name that here, as {"secret": "NAME"}`,
					})
				}
			}
		}
	}
	return warnings
}

// holdsCredential reports whether a literal in an expression looks like a credential.
func holdsCredential(key, expression string) bool {
	texts, _ := literals(expression)
	if len(texts) == 1 && len(texts[0]) >= 8 && len(texts[0])+2 == len(strings.TrimSpace(expression)) && namesCredential(key) {
		return true
	}
	return slices.ContainsFunc(texts, isCredential)
}

// isJoined reports whether the URL of a node is an expression that joins texts.
func isJoined(url json.RawMessage) bool {
	var expression string
	if json.Unmarshal(url, &expression) != nil || isTemplate(expression) {
		return false
	}
	_, rest := literals(expression)
	return strings.Contains(rest, "+")
}

// literals returns the texts between quotes, and the rest of the expression.
func literals(expression string) (texts []string, rest string) {
	for {
		start := strings.IndexAny(expression, "'\"`")
		if start < 0 {
			return texts, rest + expression
		}
		rest += expression[:start]
		quote, behind := expression[start], expression[start+1:]
		end := 0
		for end < len(behind) && behind[end] != quote {
			if behind[end] == '\\' {
				end++
			}
			end++
		}
		end = min(end, len(behind))
		texts = append(texts, behind[:end])
		expression = behind[min(end+1, len(behind)):]
	}
}

// namesCredential reports whether a header or a field is there for a credential.
func namesCredential(key string) bool {
	key = strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(key))
	return slices.ContainsFunc([]string{"authorization", "apikey", "token", "secret", "password", "cookie"}, func(part string) bool {
		return strings.Contains(key, part)
	})
}

// isCredential reports whether a text looks like a credential, wherever it stands.
func isCredential(text string) bool {
	scheme, rest, _ := strings.Cut(text, " ")
	if slices.Contains([]string{"bearer", "basic", "token", "apikey"}, strings.ToLower(scheme)) && len(strings.TrimSpace(rest)) >= 8 {
		return true
	}
	return slices.ContainsFunc(strings.FieldsFunc(text, func(r rune) bool { return !wordOfKey(r) }), isKey)
}

func wordOfKey(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("+/_-", r)
}

// isKey reports whether a word is a key of a known form, or long and random.
func isKey(word string) bool {
	if len(word) == 20 && (strings.HasPrefix(word, "AKIA") || strings.HasPrefix(word, "ASIA")) {
		return true
	}
	known := slices.ContainsFunc([]string{"sk_", "sk-", "pk_", "ghp_", "gho_", "github_pat_", "glpat-", "xoxb-", "xoxp-", "AIza", "eyJ"}, func(prefix string) bool {
		return strings.HasPrefix(word, prefix)
	})
	return known && len(word) >= 20 || len(word) >= 24 && strings.ContainsAny(word, "0123456789") && bitsPerByte(word) >= 3.5
}

// bitsPerByte returns the entropy of a word by the frequency of its bytes.
func bitsPerByte(word string) (bits float64) {
	counts := map[byte]float64{}
	for i := range len(word) {
		counts[word[i]]++
	}
	for _, n := range counts {
		share := n / float64(len(word))
		bits -= share * math.Log2(share)
	}
	return bits
}
