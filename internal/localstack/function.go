package localstack

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/servers"
)

// FunctionConfig describes a function. All fields but Env are required.
type FunctionConfig struct {
	Name        string
	Binary      string        // absolute path
	Env         []string      // of the function, "KEY=value"
	Timeout     time.Duration // of an invocation
	Memory      int           // in MB: the setting; nothing enforces it
	Concurrency int           // sandboxes at most
	Log         *Log
}

func (c *FunctionConfig) arn() string {
	return "arn:aws:lambda:" + servers.Region + ":000000000000:function:" + c.Name
}

// environ returns the environment of a sandbox. Of this process's own environment it
// has only the paths of programs and temporary files, since a function in the cloud
// sees nothing of the machine that deployed it.
func (c *FunctionConfig) environ(api string) []string {
	env := c.own(api)
	if dir, ok := os.LookupEnv("TMPDIR"); ok {
		env = append(env, "TMPDIR="+dir)
	}
	return append(env, c.Env...)
}

// own returns the variables that every function has.
func (c *FunctionConfig) own(api string) []string {
	return []string{
		"AWS_LAMBDA_RUNTIME_API=" + api,
		"AWS_LAMBDA_FUNCTION_NAME=" + c.Name,
		"AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE=" + strconv.Itoa(c.Memory),
		"AWS_LAMBDA_INITIALIZATION_TYPE=on-demand",
		"AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/" + c.Name,
		"AWS_LAMBDA_LOG_STREAM_NAME=local",
		"AWS_LAMBDA_LOG_FORMAT=JSON",
		"AWS_REGION=" + servers.Region,
		"AWS_DEFAULT_REGION=" + servers.Region,
		"AWS_ACCESS_KEY_ID=" + servers.AccessKeyID,
		"AWS_SECRET_ACCESS_KEY=" + servers.SecretAccessKey,
		"AWS_EC2_METADATA_DISABLED=true",
		"LAMBDA_TASK_ROOT=" + filepath.Dir(c.Binary),
		"_HANDLER=bootstrap",
		"TZ=:UTC",
		"PATH=" + os.Getenv("PATH"),
	}
}

// Function is a pool of sandboxes, started on demand and reused. It is safe for
// concurrent use.
type Function struct {
	config  FunctionConfig
	slots   chan struct{} // one for each running invocation
	stopped chan struct{}
	stop    sync.Once
	ends    sync.WaitGroup // of the sandboxes

	mu   sync.Mutex
	idle []*sandbox
	all  []*sandbox // also those that have ended
}

// NewFunction returns a function without sandboxes.
func NewFunction(config FunctionConfig) *Function {
	return &Function{
		config:  config,
		slots:   make(chan struct{}, config.Concurrency),
		stopped: make(chan struct{}),
	}
}

// Warm starts a sandbox for later use, which checks that the function starts at all:
// otherwise the error is a *[FunctionError] of type [TypeInit] with the last part of
// its output.
func (f *Function) Warm(ctx context.Context) error {
	ctx, release, err := f.acquire(ctx)
	if err != nil {
		return err
	}
	defer release()
	s, err := f.start(ctx)
	if err != nil {
		return err
	}
	f.putBack(s)
	return nil
}

// Invoke sends the payload to the function and returns its response. It waits for a
// free sandbox, or starts one if the limit permits. A function that reports an error,
// exits, or outlives its timeout gives a *[FunctionError]; the next invocation gets a
// new sandbox if the process has ended.
func (f *Function) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	ctx, release, err := f.acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	for s := f.takeIdle(); s != nil; s = f.takeIdle() {
		response, err := s.invoke(ctx, payload)
		f.putBack(s)
		if !errors.Is(err, errGone) {
			return response, err
		}
	}
	s, err := f.start(ctx)
	if err != nil {
		return nil, err
	}
	defer f.putBack(s)
	return s.invoke(ctx, payload)
}

// CPU returns the processor time that all sandboxes have used so far, also those that
// have ended. Only Linux tells it while one runs.
func (f *Function) CPU() (total time.Duration, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.all {
		used, known := s.process.CPU()
		if !known {
			return 0, false
		}
		total += used
	}
	return total, true
}

// Stop kills all sandboxes, also those with a running invocation, which fails, and
// waits for their end. Repeating is safe.
func (f *Function) Stop() {
	f.stop.Do(func() {
		close(f.stopped)
		for range cap(f.slots) {
			f.slots <- struct{}{}
		}
		for _, s := range f.idle { // no other goroutine uses them now
			s.kill("stopped")
		}
		f.ends.Wait()
	})
}

// acquire waits for a free slot. The returned context also ends when the function is
// stopped.
func (f *Function) acquire(ctx context.Context) (context.Context, func(), error) {
	select {
	case <-f.stopped:
		return nil, nil, errStopped
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	case f.slots <- struct{}{}:
	}
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-f.stopped:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, func() { cancel(); <-f.slots }, nil
}

func (f *Function) start(ctx context.Context) (*sandbox, error) {
	s, err := startSandbox(ctx, &f.config)
	if err != nil {
		return nil, err
	}
	f.ends.Go(func() { <-s.closed })
	f.mu.Lock()
	defer f.mu.Unlock()
	f.all = append(f.all, s)
	return s, nil
}

// takeIdle returns an idle sandbox, nil if there is none.
func (f *Function) takeIdle() *sandbox {
	f.mu.Lock()
	defer f.mu.Unlock()
	for len(f.idle) > 0 {
		last := len(f.idle) - 1
		s := f.idle[last]
		f.idle = f.idle[:last]
		if s.alive() {
			return s
		}
	}
	return nil
}

func (f *Function) putBack(s *sandbox) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if s.alive() {
		f.idle = append(f.idle, s)
	}
}
