// The function of the package's tests. Each record's body selects how it is handled.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
)

func main() {
	fmt.Println("starting with", os.Getenv("FLOW_QUEUE_URL"))
	if os.Getenv("FLOW_TEST_INIT") == "fail" {
		fmt.Fprintln(os.Stderr, "FLOW_QUEUE_URL is not set")
		os.Exit(1)
	}
	if os.Getenv("FLOW_TEST_PRINT") != "" {
		printEnvironment()
	}
	lambda.Start(handle)
}

func handle(ctx context.Context, payload json.RawMessage) (any, error) {
	var scheduled events.EventBridgeEvent
	if err := json.Unmarshal(payload, &scheduled); err == nil && scheduled.DetailType != "" {
		fmt.Printf(`{"scheduled":%s,"pid":%d}`+"\n", payload, os.Getpid())
		return nil, tick()
	}
	var event events.SQSEvent
	if err := json.Unmarshal(payload, &event); err != nil {
		return nil, err
	}
	response := events.SQSEventResponse{}
	for _, record := range event.Records {
		mode, argument, _ := strings.Cut(record.Body, " ")
		fmt.Printf(`{"handled":%q,"receives":%q,"pid":%d}`+"\n", record.Body, record.Attributes["ApproximateReceiveCount"], os.Getpid())
		switch mode {
		case "ok":
		case "fail":
			response.BatchItemFailures = append(response.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: record.MessageId})
		case "company": // fails when it is alone
			if len(event.Records) == 1 {
				response.BatchItemFailures = append(response.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: record.MessageId})
			}
		case "unknown":
			response.BatchItemFailures = append(response.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: "nobody"})
		case "hang": // with a child, which is to go as well
			child := exec.Command("sleep", "600")
			if err := child.Start(); err != nil {
				return nil, err
			}
			fmt.Printf(`{"child":%d}`+"\n", child.Process.Pid)
			select {}
		case "crash":
			fmt.Println("about to crash")
			os.Exit(3)
		case "crash-once":
			if record.Attributes["ApproximateReceiveCount"] == "1" {
				os.Exit(3)
			}
		case "error":
			return nil, fmt.Errorf("refused: %s", argument)
		case "panic":
			panic(argument)
		case "garbage":
			return "garbage", nil
		case "null":
			return nil, nil
		case "until": // every file is there that the other sandboxes write
			if err := meet(ctx, argument); err != nil {
				return nil, err
			}
		case "limits":
			var files syscall.Rlimit
			if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
				return nil, err
			}
			fmt.Printf(`{"descriptors":%d,"memory":%q}`+"\n", files.Max, os.Getenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"))
		case "batch":
			if record.MessageId == event.Records[0].MessageId {
				fmt.Printf(`{"batch":%d}`+"\n", len(event.Records))
			}
		case "deadline":
			deadline, _ := ctx.Deadline()
			fmt.Printf(`{"left":%d}`+"\n", time.Until(deadline).Milliseconds())
		}
	}
	return response, nil
}

// tick handles a scheduled event.
func tick() error {
	switch mode := os.Getenv("FLOW_TEST_TICK"); mode {
	case "hang":
		select {}
	case "crash":
		os.Exit(3)
	case "error":
		return errors.New("refused")
	}
	return nil
}

func printEnvironment() {
	env := map[string]string{}
	for _, setting := range os.Environ() {
		name, value, _ := strings.Cut(setting, "=")
		env[name] = value
	}
	line, err := json.Marshal(map[string]any{"env": env})
	if err != nil {
		panic(err)
	}
	fmt.Println(string(line))
}

// meet waits until as many processes as the argument says have called it.
func meet(ctx context.Context, argument string) error {
	dir, count, _ := strings.Cut(argument, " ")
	want, err := strconv.Atoi(count)
	if err != nil {
		return err
	}
	if err := os.WriteFile(fmt.Sprintf("%s/%d", dir, os.Getpid()), nil, 0o600); err != nil {
		return err
	}
	for ctx.Err() == nil {
		if found, _ := os.ReadDir(dir); len(found) >= want {
			return nil
		}
		time.Sleep(5 * time.Millisecond)
	}
	return ctx.Err()
}
