package lambdaflow

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/settings"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/engine"
)

// refuse gives the reasons for which the function does not start: all faults in one
// line of the log, and as the error with which its start ends.
func refuse(w io.Writer, lookup func(string) (string, bool), err error) {
	all := faults(err)
	NewLogger(w, slog.LevelError).Error("start refused", "faults", all)
	if host, _ := lookup("AWS_LAMBDA_RUNTIME_API"); host != "" {
		reportInit(host, all)
	}
}

// startRefused is the type of the error of a start.
const startRefused = "StartRefused"

// reportInit tells the runtime API that the start has failed, and why: so the console
// shows the faults to the person who tests the function, in place of an exit status. The
// log has them in any case, so an error of the request is ignored.
func reportInit(host string, faults []string) {
	body, err := json.Marshal(map[string]any{"errorType": startRefused, "errorMessage": strings.Join(faults, "\n"), "stackTrace": []string{}})
	if err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+host+"/2018-06-01/runtime/init/error", bytes.NewReader(body))
	if err != nil {
		return
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Lambda-Runtime-Function-Error-Type", startRefused)
	if response, err := http.DefaultClient.Do(request); err == nil {
		_ = response.Body.Close()
	}
}

// variables returns the settings of the fields of the engine's configuration.
func variables(e *engine.ConfigError) string {
	return strings.Join(settings.Rename(e.Fields, func(s settings.Setting) string { return s.Name }), ", ")
}

// faults splits an error that joins several, and the issues of a blueprint; the text
// of a wrapping error goes in front of each.
func faults(err error) (all []string) {
	prefix, inner := "", []string(nil)
	switch e := err.(type) {
	case *engine.ConfigError:
		return []string{variables(e) + ": " + e.Reason}
	case *flow.InvalidError:
		prefix = "invalid blueprint: "
		if e.BlueprintID != "" {
			prefix = "invalid blueprint " + e.BlueprintID + ": "
		}
		for _, issue := range e.Issues {
			inner = append(inner, issue.String())
		}
	case interface{ Unwrap() []error }:
		for _, err := range e.Unwrap() {
			inner = append(inner, faults(err)...)
		}
	case interface{ Unwrap() error }:
		cause := e.Unwrap()
		if cause == nil {
			break
		}
		if before, ok := strings.CutSuffix(err.Error(), cause.Error()); ok {
			prefix, inner = before, faults(cause)
		}
	}
	for _, fault := range inner {
		all = append(all, prefix+fault)
	}
	if all == nil {
		all = []string{err.Error()}
	}
	return all
}
