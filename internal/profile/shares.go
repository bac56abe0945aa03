package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// categories are the parts among which the processor time is shared out.
var categories = []string{"SDK middleware", "signing", "marshalling", "expressions", "HTTP and TLS", "collector", "scheduler", "own code"}

// marks say to which category the nearest frame of a stack that has one of them belongs.
// Frames without a mark, such as those of strings or crypto/sha256, belong to their callers.
var marks = []struct{ frame, category string }{
	{"runtime.gcBgMarkWorker", "collector"}, {"runtime.gcAssistAlloc", "collector"}, {"runtime.bgsweep", "collector"},
	{"runtime.bgscavenge", "collector"}, {"runtime.gcStart", "collector"}, {"runtime.gcMarkDone", "collector"},
	{"runtime.schedule", "scheduler"}, {"runtime.mcall", "scheduler"}, {"runtime.sysmon", "scheduler"}, {"runtime.mstart", "scheduler"},
	{"github.com/aws/aws-sdk-go-v2/aws/signer", "signing"}, {"github.com/flowcraft-go/flowcraft/internal/prepared.(*Signer)", "signing"},
	{"github.com/aws/aws-sdk-go-v2/feature/dynamodb", "expressions"},
	{"github.com/aws/smithy-go/encoding", "marshalling"}, {"service/dynamodb.awsAwsjson", "marshalling"}, {"service/sqs.awsAwsjson", "marshalling"},
	{"encoding/json", "marshalling"},
	{"crypto/tls", "HTTP and TLS"}, {"net/http", "HTTP and TLS"}, {"net.", "HTTP and TLS"}, {"internal/poll", "HTTP and TLS"},
	{"github.com/aws/", "SDK middleware"}, {"github.com/flowcraft-go/flowcraft/internal/prepared", "SDK middleware"},
	{"github.com/flowcraft-go/", "own code"}, {"main.", "own code"},
}

// sharesOf reads a profile.
func sharesOf(file string) (map[string]float64, error) {
	traces, err := exec.Command("go", "tool", "pprof", "-traces", "-sample_index=cpu", file).Output()
	if err != nil {
		return nil, fmt.Errorf("read the profile: %w", err)
	}
	return shareOut(traces)
}

// shareOut shares out the stacks that pprof lists: a line of dashes, then the time and the
// innermost frame, then its callers.
func shareOut(traces []byte) (map[string]float64, error) {
	shares, total := map[string]float64{}, 0.0
	var weight float64
	var stack []string
	end := func() {
		if len(stack) > 0 {
			shares[categoryOf(stack)] += weight
			total += weight
		}
		weight, stack = 0, nil
	}
	begun := false
	lines := bufio.NewScanner(bytes.NewReader(traces))
	for lines.Scan() {
		text := lines.Text()
		if strings.HasPrefix(text, "-----------+") {
			end()
			begun = true
			continue
		}
		fields := strings.Fields(text)
		if !begun || len(fields) == 0 || strings.HasSuffix(fields[0], ":") {
			continue
		}
		if took, err := time.ParseDuration(fields[0]); err == nil && len(fields) > 1 {
			weight, fields = took.Seconds(), fields[1:]
		}
		stack = append(stack, fields[0])
	}
	end()
	if total == 0 {
		return nil, fmt.Errorf("the profile has no samples: perform more runs")
	}
	for category := range shares {
		shares[category] /= total
	}
	return shares, lines.Err()
}

// categoryOf returns the category of a stack, its innermost frame first. The collector is
// looked for in all frames, since it works on behalf of everybody.
func categoryOf(stack []string) string {
	for _, frame := range stack {
		for _, mark := range marks {
			if mark.category == "collector" && strings.HasPrefix(frame, mark.frame) {
				return mark.category
			}
		}
	}
	for _, frame := range stack {
		for _, mark := range marks {
			if strings.HasPrefix(frame, mark.frame) || strings.Contains(frame, mark.frame) && strings.HasPrefix(mark.frame, "service/") {
				return mark.category
			}
		}
	}
	return "scheduler"
}
