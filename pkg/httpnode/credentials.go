package httpnode

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// credentials are a node's user and password; nil is none.
type credentials struct{ user, password *flow.Expression }

func readCredentials(p *flow.Params, headers map[string]*flow.Expression) *credentials {
	if !p.Has("basicAuth") {
		return nil
	}
	expressions := p.Expressions("basicAuth")
	for _, key := range slices.Sorted(maps.Keys(expressions)) {
		if key != "user" && key != "password" {
			p.Fault("it is unknown: user and password are there", "basicAuth", key)
		}
	}
	if _, ok := expressions["user"]; !ok {
		p.Fault("it is missing, and required: the expression whose value is the user", "basicAuth", "user")
	}
	if _, ok := headers["Authorization"]; ok {
		p.Fault("params.headers has an Authorization too: remove one of them", "basicAuth")
	}
	return &credentials{expressions["user"], expressions["password"]}
}

// set adds the credentials to a request. Its errors quote no values.
func (c *credentials) set(req *http.Request, task *flow.Task) (err error) {
	if c == nil {
		return nil
	}
	user, err := required(c.user, task, "basicAuth.user")
	if err != nil {
		return err
	}
	var password string
	if c.password != nil {
		if password, err = required(c.password, task, "basicAuth.password"); err != nil {
			return err
		}
	}
	switch {
	case strings.Contains(user, ":"), hasControl(user):
		return wrong(errors.New("the value of params.basicAuth.user has a colon or a control character, which cannot be sent"))
	case hasControl(password):
		return wrong(errors.New("the value of params.basicAuth.password has a control character, which cannot be sent"))
	}
	req.SetBasicAuth(user, password)
	return nil
}
