// Package servers starts the DynamoDB- and the SQS-compatible server of the
// local stack, from the npm packages that package.json pins, on free ports of
// the loopback interface. Their data lives in memory and ends with them.
package servers

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/process"
)

const (
	stopGrace    = 2 * time.Second
	startTimeout = 2 * time.Minute // for busy machines: servers are ready within a second
)

// Server is a running server. It ends with Stop, or with this process.
type Server struct {
	Endpoint string // http://127.0.0.1:PORT
	PID      int
	process  *process.Process
	output   *process.Tail
}

// Stop ends the server and waits for its end. Repeating is safe.
func (s *Server) Stop() { s.process.Stop(stopGrace) }

// Done returns a channel that is closed when the server has ended.
func (s *Server) Done() <-chan struct{} { return s.process.Done() }

// Err waits for the end of the server and returns its error, with the last part of
// its output.
func (s *Server) Err() error {
	return fmt.Errorf("ended (%v): %s", s.process.Err(), s.output)
}

// start runs cmd until ready finds an address in its output that accepts connections.
func start(ctx context.Context, cmd *exec.Cmd, ready func(output string) (address string)) (*Server, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	output := process.NewTail()
	cmd.Stdout, cmd.Stderr = output, output
	p, err := process.Start(cmd)
	if err != nil {
		return nil, err
	}
	s := &Server{PID: p.PID(), process: p, output: output}
	for {
		select {
		case <-output.Changed():
		case <-p.Done():
			return nil, s.Err()
		case <-ctx.Done():
			p.Kill()
			return nil, fmt.Errorf("not ready: %w: %s", ctx.Err(), output)
		}
		if address := ready(output.String()); address != "" {
			s.Endpoint = "http://" + address
			return s, s.connect(ctx, address)
		}
	}
}

// connect waits until the address accepts connections.
func (s *Server) connect(ctx context.Context, address string) error {
	var dialer net.Dialer
	for {
		conn, err := dialer.DialContext(ctx, "tcp", address)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-time.After(time.Millisecond):
		case <-s.Done():
			return s.Err()
		case <-ctx.Done():
			s.process.Kill()
			return errors.Join(ctx.Err(), err)
		}
	}
}

// freePort returns a port of the loopback interface that is not in use.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, errors.Join(err, l.Close())
}
