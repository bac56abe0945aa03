package expression

import (
	"strings"
	"testing"
)

func TestProgram_a_panic_is_an_error(t *testing.T) {
	t.Parallel()
	program := &Program{step: func(*evaluation) value { panic("boom") }}
	_, evalErr := program.Eval(Env{})
	_, testErr := program.Test(Env{})
	for _, err := range []error{evalErr, testErr} {
		if err == nil || !strings.Contains(err.Error(), "boom") {
			t.Errorf("err = %v, want the panic", err)
		}
	}
}
