// Flowctl is the command line of the workflow engine.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// commands are the commands; each has a file of its own.
type commands struct {
	Dev devCommand `cmd:"" help:"Run the deployment on this machine, in the foreground."`
}

// Exit codes.
const (
	exitFailure = 1
	exitUsage   = 2
)

// streams is where a command writes: results to Out, everything else to Err.
type streams struct {
	Out, Err io.Writer
}

// usageError is a mistake in the command line.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	os.Exit(run(ctx, os.Args[1:], &streams{Out: os.Stdout, Err: os.Stderr}))
}

// run runs a command and gives its exit code.
func run(ctx context.Context, args []string, out *streams) int {
	err := runCommand(ctx, args, out)
	if err == nil {
		return 0
	}
	fmt.Fprintln(out.Err, "flowctl:", err)
	_, usage := errors.AsType[usageError](err)
	if _, parse := errors.AsType[*kong.ParseError](err); usage || parse {
		return exitUsage
	}
	return exitFailure
}

func runCommand(ctx context.Context, args []string, out *streams) error {
	parser, err := kong.New(&commands{},
		kong.Name("flowctl"),
		kong.Description("Runs and watches workflows."),
		kong.Writers(out.Out, out.Err),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(out),
	)
	if err != nil {
		return err
	}
	command, err := parser.Parse(args)
	if err != nil {
		return err
	}
	return command.Run()
}
