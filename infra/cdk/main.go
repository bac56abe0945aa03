// Command cdk is the CDK app: it builds the functions, checks them with the
// blueprints of this repository, and describes a stage's stack. It runs in the
// repository's root.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	"github.com/flowcraft-go/flowcraft/infra/cdk/flowcdk"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := synth(ctx, ".")
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, "cdk app:", err)
	}
	jsii.Close()
	if err != nil {
		os.Exit(1)
	}
}

// synth describes the stack of the repository at root. All errors in the settings
// and the blueprints are reported before anything is built.
func synth(ctx context.Context, root string) error {
	app := awscdk.NewApp(nil)
	all, _ := app.Node().GetAllContext(nil).(map[string]any)
	d, settingsErr := readSettings(all, os.LookupEnv)
	var blueprintsErr error
	d.Blueprints, blueprintsErr = loadBlueprints(root)
	if err := errors.Join(settingsErr, blueprintsErr); err != nil {
		return err
	}
	if err := d.Validate(); err != nil {
		return err
	}
	if err := build(ctx, root, &d); err != nil {
		return err
	}
	if _, err := newStack(app, d); err != nil {
		return err
	}
	app.Synth(nil)
	return nil
}

func loadBlueprints(root string) ([]*flow.Blueprint, error) {
	folder := filepath.Join(root, "blueprints")
	blueprints, err := flow.LoadBlueprints(os.DirFS(folder))
	if err == nil && len(blueprints) == 0 {
		err = errors.New("there is no blueprint (*.json) in it")
	}
	if err != nil {
		return nil, fmt.Errorf("folder %s: %w", folder, err)
	}
	return blueprints, nil
}

// build builds the functions' code, and starts both once on this machine.
func build(ctx context.Context, root string, d *deployment) error {
	worker, reconciler := packages(root)
	for _, function := range []flowcdk.Package{worker, reconciler} {
		if err := function.Build(ctx); err != nil {
			return err
		}
		if err := function.Check(ctx, d.Props); err != nil {
			return err
		}
	}
	d.Worker = awslambda.Code_FromAsset(&worker.Output, nil)
	d.Reconciler = awslambda.Code_FromAsset(&reconciler.Output, nil)
	return nil
}

func packages(root string) (worker, reconciler flowcdk.Package) {
	output := filepath.Join(root, "build", "lambda")
	worker = flowcdk.Package{
		Dir: root, Main: "./functions/worker", Output: filepath.Join(output, "worker"), Blueprints: filepath.Join(root, "blueprints"),
	}
	reconciler = flowcdk.Package{Dir: root, Main: "./functions/reconciler", Output: filepath.Join(output, "reconciler")}
	return worker, reconciler
}
