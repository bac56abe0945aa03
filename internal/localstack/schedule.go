package localstack

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/flowcraft-go/flowcraft/internal/servers"
)

// Schedule invokes a function at a fixed rate, as EventBridge does.
type Schedule struct {
	Name     string
	Every    time.Duration
	Function invoker
	Logger   *slog.Logger
}

// Run invokes the function until ctx ends, the first time after one period. While an
// invocation lasts, further ones are dropped.
func (s *Schedule) Run(ctx context.Context) {
	ticker := time.NewTicker(s.Every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case at := <-ticker.C:
			if _, err := s.Function.Invoke(context.WithoutCancel(ctx), scheduledEvent(s.Name, at)); err != nil {
				s.Logger.ErrorContext(ctx, "scheduled invocation failed", "rule", s.Name, "error", err.Error())
			}
		}
	}
}

// scheduledEvent returns the payload with which EventBridge invokes a function.
func scheduledEvent(rule string, at time.Time) []byte {
	// A struct of texts and a time: it can always be encoded.
	event, _ := json.Marshal(events.EventBridgeEvent{
		Version:    "0",
		ID:         newUUID(),
		DetailType: "Scheduled Event",
		Source:     "aws.events",
		AccountID:  "000000000000",
		Time:       at.UTC().Truncate(time.Second),
		Region:     servers.Region,
		Resources:  []string{"arn:aws:events:" + servers.Region + ":000000000000:rule/" + rule},
		Detail:     json.RawMessage("{}"),
	})
	return event
}
