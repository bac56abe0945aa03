package secret

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// minForm is the length from which an encoded form of a secret is looked for, in bytes:
// shorter ones are in texts that have nothing to do with it.
const minForm = 6

// forms returns a secret as it is, and as it may stand in a message of a server or of
// code: quoted, in a URL, in JSON, in hex, and in base64, alone or behind a user's name.
// The longest come first.
func forms(text string) []string {
	quoted, inJSON := strconv.Quote(text), "\"\""
	if raw, err := json.Marshal(text); err == nil {
		inJSON = string(raw)
	}
	all := []string{
		quoted[1 : len(quoted)-1], inJSON[1 : len(inJSON)-1], url.QueryEscape(text), url.PathEscape(text),
		hex.EncodeToString([]byte(text)), strings.ToUpper(hex.EncodeToString([]byte(text))),
	}
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for before := range 3 {
			all = append(all, within(encoding, text, before))
		}
	}
	all = slices.DeleteFunc(all, func(form string) bool { return len(form) < minForm })
	all = append(all, text)
	slices.SortStableFunc(all, func(a, b string) int { return len(b) - len(a) })
	return slices.Compact(all)
}

// within returns the characters of a longer text's base64 that are those of the secret
// alone, wherever it stands: before is the number of bytes before it, modulo 3.
func within(encoding *base64.Encoding, text string, before int) string {
	encoded := encoding.EncodeToString([]byte(strings.Repeat("\x00", before) + text))
	first, end := (before*8+5)/6, (before+len(text))*8/6
	return encoded[min(first, end):end]
}
