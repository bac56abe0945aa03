package engine

import (
	"fmt"
	"path"
	"runtime"
	"strings"

	"github.com/flowcraft-go/flowcraft/internal/decide"
)

// panicError is a panic of a node's code: in the code's own words, and with the place in
// the code. Errors are stored and logged, so a place holds no values.
type panicError struct {
	text  string
	value error // the value, if it is an error
	place string
}

func (e *panicError) Error() string {
	if e.place == "" {
		return e.text
	}
	return e.text + ", at " + e.place
}

func (e *panicError) Unwrap() error { return e.value }

// Bounds of a panic's error.
const (
	maxPanicText = 1024 // bytes; the place must fit behind the text
	maxFrames    = 4
	maxFrame     = 200 // bytes of one
	maxStack     = 256 // frames that are looked through
)

// panicked returns a recovered panic as an error. It must be called by the function that
// is deferred: the stack is still that of the panic.
func panicked(value any) error {
	e := &panicError{place: panicPlace()}
	e.text, e.value = panicText(value)
	e.text = decide.Truncate(e.text, maxPanicText)
	return e
}

// panicText returns the text of an error or a string; another value is named by its type.
func panicText(value any) (text string, err error) {
	switch value := value.(type) {
	case error:
		if text, ok := errorText(value); ok {
			return text, value
		}
		return fmt.Sprintf("an error of the type %T, whose Error panics too", value), nil
	case string:
		if value == "" {
			return "a panic without a text", nil
		}
		return value, nil
	}
	return fmt.Sprintf("a value of the type %T, which the debug log shows", value), nil
}

// errorText returns false if the error's own methods panic, as those of a nil pointer may:
// nothing may call them again.
func errorText(err error) (text string, ok bool) {
	defer func() { ok = recover() == nil }()
	decide.FaultOf(err) // the errors that it wraps have methods, too
	return err.Error(), true
}

// panicPlace returns the first frames of the code that panics: "main.charge (charge.go:12),
// main.order (order.go:40)". Files have no folders: those of a build mean nothing elsewhere.
func panicPlace() string {
	stack := make([]uintptr, maxStack)
	frames := runtime.CallersFrames(stack[:runtime.Callers(3, stack)])
	var places []string
	for len(places) < maxFrames {
		frame, more := frames.Next()
		if frame.Function != "" && !inner(packageOf(frame.Function)) {
			places = append(places, decide.Truncate(fmt.Sprintf("%s (%s:%d)", frame.Function, path.Base(frame.File), frame.Line), maxFrame))
		}
		if !more {
			break
		}
	}
	return strings.Join(places, ", ")
}

// packageOf returns the package of a function's full name.
func packageOf(function string) string {
	folder, name := path.Split(function)
	name, _, _ = strings.Cut(name, ".")
	return folder + name
}

const module = "github.com/flowcraft-go/flowcraft/"

// inner reports whether the frames of a package are not those of a node's code: they lie
// between it and the place where the panic was recovered.
func inner(name string) bool {
	switch name {
	case "runtime", "reflect", "encoding/json", module + "pkg/flow", module + "pkg/flow/engine", module + "pkg/flow/flowtest":
		return true
	}
	for _, folder := range []string{"runtime/", "internal/", "encoding/json/", module + "internal/"} {
		if strings.HasPrefix(name, folder) {
			return true
		}
	}
	return false
}
