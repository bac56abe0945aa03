package secret

import (
	"errors"
	"strings"
)

// Name is the parsed name of a secret.
type Name struct {
	Parameter bool   // of Parameter Store, else of Secrets Manager
	ID        string // a name or an ARN
	Field     string // of a secret that is a JSON object; "" is the whole text
}

var errName = errors.New("must be the name of a secret of Secrets Manager (shop/api-key), of a parameter (ssm:/shop/api-key), or an ARN of either, each with the field of a JSON object behind it (#key) or without")

// Parse parses a name.
func Parse(text string) (Name, error) {
	id, field, hasField := strings.Cut(text, "#")
	n := Name{ID: id, Field: field}
	n.ID, n.Parameter = strings.CutPrefix(id, "ssm:")
	if strings.HasPrefix(id, "arn:") {
		return n.withARN(hasField)
	}
	allowed, longest := secretCharacters, 512
	if n.Parameter {
		allowed, longest = parameterCharacters, 1011
	}
	if !plain(n.ID, allowed, longest) || hasField && !plainField(field) {
		return Name{}, errName
	}
	return n, nil
}

// withARN checks a name whose ID is an ARN: arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME
// or arn:aws:ssm:REGION:ACCOUNT:parameter/NAME.
func (n Name) withARN(hasField bool) (Name, error) {
	parts := strings.SplitN(n.ID, ":", 6)
	if len(parts) < 6 || hasField && !plainField(n.Field) || !plain(parts[1], "-", 20) || !plain(parts[3], "-", 30) || !digits(parts[4]) {
		return Name{}, errName
	}
	secret, isSecret := strings.CutPrefix(parts[5], "secret:")
	parameter, isParameter := strings.CutPrefix(parts[5], "parameter/")
	switch {
	case parts[2] == "secretsmanager" && isSecret && plain(secret, secretCharacters, 520):
		return n, nil
	case parts[2] == "ssm" && isParameter && plain(parameter, parameterCharacters, 1011):
		n.Parameter = true
		return n, nil
	}
	return Name{}, errName
}

// Region returns that of an ARN, "" for a name: the worker's.
func (n Name) Region() string {
	if parts := strings.SplitN(n.ID, ":", 6); len(parts) == 6 {
		return parts[3]
	}
	return ""
}

// String returns the name in the form that [Parse] reads.
func (n Name) String() string {
	text := n.ID
	if n.Parameter && !strings.HasPrefix(n.ID, "arn:") {
		text = "ssm:" + text
	}
	if n.Field != "" {
		text += "#" + n.Field
	}
	return text
}

// The characters of names beside letters and digits.
const (
	secretCharacters    = "/_+=.@-"
	parameterCharacters = "/_.-"
)

func plain(text, beside string, longest int) bool {
	return text != "" && len(text) <= longest && !strings.ContainsFunc(text, func(r rune) bool {
		letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
		return !letter && !strings.ContainsRune(beside, r)
	})
}

func plainField(text string) bool {
	return text != "" && len(text) <= 255 && !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f })
}

func digits(text string) bool {
	return len(text) == 12 && strings.Trim(text, "0123456789") == ""
}
