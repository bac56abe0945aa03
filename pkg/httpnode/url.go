package httpnode

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

const encodes = "give values in params.path and params.query, which encode them"

// parseURL returns the URL of a text, as it is sent. Letters that a URL has only
// encoded are encoded, as browsers do it; text of which it is unclear whether it is a
// value or part of the URL is refused. The errors quote nothing: URLs may hold secrets.
func parseURL(text string) (*url.URL, error) {
	if strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r == 0x7f || r == '\\' }) {
		return nil, errors.New("it has a space, a backslash or a control character: " + encodes)
	}
	if strings.Contains(text, "#") {
		return nil, errors.New("it has a #, and nothing after it would be sent: " + encodes)
	}
	u, err := url.Parse(escape(text))
	if !escapes(text) {
		return nil, errors.New("it has a % that begins no escape: " + encodes)
	}
	if err != nil {
		return nil, errors.New("it is not a URL") // err quotes it
	}
	return u, checkURL(u)
}

// parseLocation returns the URL to which a redirect leads from another one. Servers
// send locations with spaces, and with a fragment, which is for browsers.
func parseLocation(from *url.URL, location string) (*url.URL, error) {
	location, _, _ = strings.Cut(location, "#")
	location = strings.ReplaceAll(location, " ", "%20")
	target, err := from.Parse(escape(location))
	if err != nil || !escapes(location) || strings.Contains(location, `\`) {
		return nil, errors.New("it is redirected to an invalid URL") // err quotes it
	}
	if err := checkURL(target); err != nil {
		return nil, fmt.Errorf("the URL that it is redirected to: %w", err)
	}
	return target, nil
}

// checkURL checks the rules for every URL that is requested.
func checkURL(u *url.URL) error {
	switch {
	case u.Scheme != "http" && u.Scheme != "https", u.Host == "":
		return errors.New("it must begin with http:// or https:// and a host")
	case u.User != nil:
		return errors.New("it has a user name in it: send credentials in a header")
	}
	if slices.ContainsFunc(strings.Split(u.EscapedPath(), "/"), isDots) {
		return errors.New("a segment of its path is . or .., which leads to another one")
	}
	return nil
}

// isDots reports whether servers read a segment as the segment itself or the one above.
func isDots(segment string) bool {
	segment = strings.ReplaceAll(strings.ToLower(segment), "%2e", ".")
	return segment == "." || segment == ".."
}

// escape encodes the bytes of path and query that no URL has, and leaves the rest.
func escape(text string) string {
	start := 0
	if scheme, rest, ok := strings.Cut(text, "//"); ok && !strings.ContainsAny(scheme, "/?") {
		start = len(text) - len(rest)
		if host := strings.IndexAny(rest, "/?"); host >= 0 {
			start += host
		} else {
			start = len(text)
		}
	}
	var escaped strings.Builder
	escaped.WriteString(text[:start])
	for _, b := range []byte(text[start:]) {
		if b >= 0x80 || strings.IndexByte("\"<>^`{|}", b) >= 0 {
			fmt.Fprintf(&escaped, "%%%02X", b)
		} else {
			escaped.WriteByte(b)
		}
	}
	return escaped.String()
}

// escapes reports whether each % is followed by two hexadecimal digits.
func escapes(text string) bool {
	for i := range len(text) {
		if text[i] == '%' && (i+2 >= len(text) || !isHex(text[i+1]) || !isHex(text[i+2])) {
			return false
		}
	}
	return true
}

func isHex(b byte) bool {
	return '0' <= b && b <= '9' || 'a' <= b && b <= 'f' || 'A' <= b && b <= 'F'
}
