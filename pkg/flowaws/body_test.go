package flowaws

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/flowcraft-go/flowcraft/internal/servers"
)

// slowServer is the address of a server that lets write write the bodies of its answers,
// numbered from 1.
func slowServer(t *testing.T, body string, write func(connection net.Conn, number int32)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	var requests atomic.Int32
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { connection.Close() })
			go func() {
				if _, err := http.ReadRequest(bufio.NewReader(connection)); err != nil {
					return
				}
				fmt.Fprintf(connection, "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: %d\r\n\r\n", len(body))
				write(connection, requests.Add(1))
			}()
		}
	}()
	return "http://" + listener.Addr().String()
}

func listed(t *testing.T, endpoint string) ([]string, error) {
	t.Helper()
	stack, err := New(servers.AWSConfig(""), Names{QueueURL: "http://127.0.0.1/queue"}, Config{SQSEndpoint: endpoint})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	out, err := stack.SQS.ListQueues(ctx, &sqs.ListQueuesInput{})
	if err != nil {
		return nil, err
	}
	return out.QueueUrls, nil
}

// An answer that stops after its header costs an attempt, not all the time there is.
func TestStalledBodyIsGivenUp(t *testing.T) {
	t.Parallel()
	const body = `{"QueueUrls":["it answers"]}`
	began := time.Now()
	urls, err := listed(t, slowServer(t, body, func(connection net.Conn, number int32) {
		if number == 1 {
			_, _ = io.WriteString(connection, body[:7])
			return
		}
		_, _ = io.WriteString(connection, body)
	}))
	if err != nil || len(urls) != 1 || urls[0] != "it answers" {
		t.Errorf("%v, %v, want the second answer", urls, err)
	}
	if took := time.Since(began); took < idleTimeout {
		t.Errorf("given up after %s, want %s", took, idleTimeout)
	}
}

// An answer on a slow link may take longer than any limit, while bytes arrive.
func TestSlowBodyIsRead(t *testing.T) {
	t.Parallel()
	large := strings.Repeat("x", 1<<20)
	body := `{"QueueUrls":["` + large + `"]}`
	var last atomic.Int32
	urls, err := listed(t, slowServer(t, body, func(connection net.Conn, number int32) {
		last.Store(number)
		for rest := body; rest != ""; {
			n := min(len(rest), len(body)/8)
			if _, err := io.WriteString(connection, rest[:n]); err != nil {
				return
			}
			rest = rest[n:]
			time.Sleep(idleTimeout / 5)
		}
	}))
	if err != nil || len(urls) != 1 || urls[0] != large || last.Load() != 1 {
		t.Errorf("%d URLs, %v, %d requests, want the value by one request", len(urls), err, last.Load())
	}
}
