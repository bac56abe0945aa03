// Flowctl is the command line of the workflow engine.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"unicode/utf8"

	"github.com/alecthomas/kong"

	"github.com/flowcraft-go/flowcraft/internal/display"
)

// commands lists the commands; each has its own file.
type commands struct {
	Run       runCmd       `cmd:"" help:"Run a blueprint in memory, and print its report."`
	Dev       devCmd       `cmd:"" help:"Run the deployment on this machine, in the foreground."`
	Bench     benchCmd     `cmd:"" help:"Measure runs of a blueprint on this machine."`
	Start     startCmd     `cmd:"" help:"Start a run by sending its message."`
	Cancel    cancelCmd    `cmd:"" help:"Cancel a run by sending its message."`
	Inspect   inspectCmd   `cmd:"" help:"Show where a run stands."`
	Reconcile reconcileCmd `cmd:"" help:"Look after stalled runs and due timers once, as the reconciler does every minute."`
	DLQ       dlqCmd       `cmd:"" name:"dlq" help:"Look after dead letters."`
	Smoke     smokeCmd     `cmd:"" help:"Test a deployment from outside."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	os.Exit(run(ctx, os.Args[1:], &output{stdout: os.Stdout, stderr: os.Stderr}))
}

// run runs a command and returns its exit code. Its output has texts of others: of runs,
// of nodes' code and of services.
func run(ctx context.Context, args []string, out *output) int {
	out = &output{stdout: display.Writer(out.stdout), stderr: display.Writer(out.stderr)}
	err := runCommand(ctx, args, out)
	if err == nil {
		return 0
	}
	code, silent := exitCode(err)
	if !silent {
		fmt.Fprintln(out.stderr, "flowctl:", err)
		if more := hint(err); more != "" {
			fmt.Fprintln(out.stderr, "flowctl:", more)
		}
	}
	return code
}

func runCommand(ctx context.Context, args []string, out *output) error {
	for _, arg := range args { // the parser would replace bytes that are not UTF-8
		if !utf8.ValidString(arg) {
			return usageError{fmt.Errorf("the argument %.60q is not UTF-8", arg)}
		}
	}
	parser, err := newParser(ctx, out)
	if err != nil {
		return err
	}
	command, err := parser.Parse(args)
	if parse, ok := errors.AsType[*kong.ParseError](err); ok {
		return usageError{fmt.Errorf("%w (see %s --help)", err, commandOf(parse))}
	}
	if err != nil {
		return err
	}
	return command.Run()
}

func newParser(ctx context.Context, out *output) (*kong.Kong, error) {
	return kong.New(&commands{},
		kong.Name("flowctl"),
		kong.Description("Runs and watches workflows."),
		kong.Writers(out.stdout, out.stderr),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(out),
		settingVars(),
	)
}

// commandOf returns the command that could not be parsed, as far as it was
// recognised.
func commandOf(err *kong.ParseError) string {
	if selected := err.Context.Selected(); selected != nil {
		return "flowctl " + selected.Path()
	}
	return "flowctl"
}
