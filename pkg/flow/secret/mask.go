package secret

import (
	"bytes"
	"encoding/json"
	"strings"
)

// minMasked is the length from which a secret is masked in outputs, in bytes: a shorter
// one is a part of values that have nothing to do with it.
const minMasked = 8

// cleanOutput returns an output with names in the place of secrets: a server may answer
// with the request that it got.
func (u *used) cleanOutput(output any) any {
	masks := u.masks()
	if output == nil || masks == nil {
		return output
	}
	raw, err := json.Marshal(output)
	if err != nil {
		return output // the engine tells that it has no JSON form
	}
	masked := maskStrings(raw, masks)
	if bytes.Equal(masked, raw) {
		return output
	}
	return json.RawMessage(masked)
}

// masks returns the replacer of each secret that is long enough.
func (u *used) masks() (masks []*strings.Replacer) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, v := range u.values {
		if len(v.Reveal()) < minMasked {
			continue
		}
		var pairs []string
		for _, form := range forms(v.Reveal()) {
			pairs = append(pairs, form, "["+v.String()+"]")
		}
		masks = append(masks, strings.NewReplacer(pairs...))
	}
	return masks
}

// maskStrings masks the strings of a JSON text, keys too. Everything else in it stays.
func maskStrings(text []byte, masks []*strings.Replacer) []byte {
	var out bytes.Buffer
	for {
		start := bytes.IndexByte(text, '"')
		if start < 0 {
			out.Write(text)
			return out.Bytes()
		}
		end := start + 1
		for ; end < len(text) && text[end] != '"'; end++ {
			if text[end] == '\\' {
				end++
			}
		}
		end = min(end+1, len(text))
		out.Write(text[:start])
		out.Write(maskString(text[start:end], masks))
		text = text[end:]
	}
}

func maskString(raw []byte, masks []*strings.Replacer) []byte {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return raw
	}
	masked := text
	for _, mask := range masks {
		masked = mask.Replace(masked)
	}
	if masked == text {
		return raw
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(masked) != nil {
		return []byte(`""`)
	}
	return bytes.TrimSpace(out.Bytes())
}
