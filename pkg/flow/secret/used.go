package secret

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// used holds the secrets that one attempt has read.
type used struct {
	cache  *Cache
	mu     sync.Mutex
	values []Value
}

func (u *used) add(v Value) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.values = append(u.values, v)
}

func (u *used) any() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return len(u.values) > 0
}

// in reports whether a text has a secret in it.
func (u *used) in(text string) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, v := range u.values {
		for _, form := range forms(v.Reveal()) {
			if strings.Contains(text, form) {
				return true
			}
		}
	}
	return false
}

var errHidden = errors.New("the error has a secret in it, and is not shown")

// cleanError returns an error of the same code and retries without the secret.
func (u *used) cleanError(err error) error {
	if err == nil || !u.in(err.Error()) {
		return err
	}
	verdict := flow.VerdictOf(err)
	clean := errHidden
	if !u.in(verdict.Code) {
		clean = flow.WithCode(clean, verdict.Code)
	}
	if verdict.RetryAfter != nil {
		clean = flow.RetryAfter(clean, *verdict.RetryAfter)
	}
	if verdict.Permanent {
		clean = flow.Permanent(clean)
	}
	return clean
}

// clean returns the value of a panic, or another one if a secret is in it.
func (u *used) clean(p any) any {
	if u.in(fmt.Sprint(p)) {
		return errHidden
	}
	return p
}
