package servers

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
)

const sqsPackage = "fauxqs"

// sqsScript serves on a free port until its input ends, together with this process.
// The package's own command would listen on all interfaces,
// and its store would by default put an invented host into queue URLs: without a host
// it uses the caller's, so that a URL is also an address. By default it also accepts
// the characters of a body only up to U+FFFD; SQS accepts emoji too.
const sqsScript = `
import { buildApp } from "fauxqs";
const part = (path) => import(new URL(path, import.meta.resolve("fauxqs")));
const { SqsStore } = await part("sqs/sqsStore.js");
const { INVALID_MESSAGE_BODY_CHAR } = await part("sqs/sqsTypes.js");
const invalid = /[^\x09\x0A\x0D\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;
INVALID_MESSAGE_BODY_CHAR.test = (text) => invalid.test(text);
const sqsStore = Object.assign(new SqsStore(), { host: "" });
process.stdin.on("end", () => process.exit(0)).resume();
console.log("serving " + await buildApp({ logger: false, stores: { sqsStore } }).listen({ port: 0, host: "127.0.0.1" }));
`

var sqsReady = regexp.MustCompile(`serving http://(127\.0\.0\.1:\d+)`)

// SQS starts the SQS-compatible server, which needs Node on the PATH. Its package is
// searched as by [DynamoDB]; the context limits the start only. A missing package is
// a *[MissingError].
func SQS(ctx context.Context, dirs ...string) (*Server, error) {
	s, err := sqs(ctx, dirs)
	if err != nil {
		return nil, fmt.Errorf("start the SQS-compatible server: %w", err)
	}
	return s, nil
}

func sqs(ctx context.Context, dirs []string) (*Server, error) {
	root, err := modules(sqsPackage, dirs)
	if missing, ok := errors.AsType[*MissingError](err); ok {
		missing.Server, missing.Flag = "SQS", "--sqs-endpoint"
		missing.Install = "npm ci --ignore-scripts"
	}
	if err != nil {
		return nil, err
	}
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, fmt.Errorf("it runs on Node 20 or later: %w; or name another endpoint with --sqs-endpoint", err)
	}
	cmd := exec.Command(node, "--input-type=module", "--eval", sqsScript)
	cmd.Dir = root
	if _, err := cmd.StdinPipe(); err != nil {
		return nil, err
	}
	return start(ctx, cmd, func(output string) string {
		if found := sqsReady.FindStringSubmatch(output); found != nil {
			return found[1]
		}
		return ""
	})
}
