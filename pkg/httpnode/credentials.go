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
type credentials struct{ user, password value }

func readCredentials(p *flow.Params, headers map[string]value) *credentials {
	if !p.Has("basicAuth") {
		return nil
	}
	values := readValues(p, "basicAuth")
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if key != "user" && key != "password" {
			p.Fault("it is unknown: user and password are there", "basicAuth", key)
		}
	}
	if _, ok := values["user"]; !ok {
		p.Fault("it is missing, and required: the expression whose value is the user", "basicAuth", "user")
	}
	if _, ok := headers["Authorization"]; ok {
		p.Fault("params.headers has an Authorization too: remove one of them", "basicAuth")
	}
	return &credentials{values["user"], values["password"]}
}

// set adds the credentials to a request. Its errors quote no values.
func (c *credentials) set(req *http.Request, task *flow.Task, used *secrets) (err error) {
	if c == nil {
		return nil
	}
	user, err := c.user.required(req.Context(), "basicAuth.user", task, used)
	if err != nil {
		return err
	}
	var password string
	if c.password != (value{}) {
		if password, err = c.password.required(req.Context(), "basicAuth.password", task, used); err != nil {
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
