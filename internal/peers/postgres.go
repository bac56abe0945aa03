package main

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/flowcraft-go/flowcraft/internal/process"
)

// postgres is a server with its defaults: every commit waits for the disk.
type postgres struct {
	*process.Process
	url string
}

// startPostgres starts the machine's own Postgres on an empty database in dir.
func startPostgres(ctx context.Context, dir string) (*postgres, error) {
	for _, program := range []string{"initdb", "postgres"} {
		if _, err := exec.LookPath(program); err != nil {
			return nil, err
		}
	}
	data := filepath.Join(dir, "postgres")
	if err := os.Mkdir(data, 0o700); err != nil {
		return nil, err
	}
	var as []string // Postgres refuses to run as root
	if os.Geteuid() == 0 {
		as = []string{"setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--pdeathsig=KILL"}
		if out, err := exec.CommandContext(ctx, "chown", "postgres:", dir, data).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("give the data to the user postgres: %w: %s", err, out)
		}
	}
	command := func(args ...string) *exec.Cmd {
		args = append(append([]string{}, as...), args...)
		return exec.CommandContext(ctx, args[0], args[1:]...)
	}
	if out, err := command("initdb", "-D", data, "-U", "postgres", "-A", "trust", "--no-instructions").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	cmd := command("postgres", "-D", data, "-h", "127.0.0.1", "-p", fmt.Sprint(port), "-k", "")
	server, err := process.Start(cmd)
	if err != nil {
		return nil, err
	}
	p := &postgres{server, fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?sslmode=disable", port)}
	if err := p.await(ctx); err != nil {
		p.Stop(time.Second)
		return nil, err
	}
	return p, nil
}

func (p *postgres) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	db, err := sql.Open("pgx", p.url)
	if err != nil {
		return err
	}
	defer db.Close()
	for {
		err := db.PingContext(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-p.Done():
			return fmt.Errorf("postgres has ended: %w", p.Err())
		case <-ctx.Done():
			return err
		}
	}
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}
