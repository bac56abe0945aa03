package flowaws

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// An answer that stops after its header costs an attempt, not all the time there is: how
// long it costs is in TestSlowBodyIsRead.
func TestStalledBodyIsGivenUp(t *testing.T) {
	t.Parallel()
	const body = `{"QueueUrls":["it answers"]}`
	urls, err := listed(t, listen(t, func(connection net.Conn, number int) {
		if _, err := http.ReadRequest(bufio.NewReader(connection)); err != nil {
			return
		}
		fmt.Fprintf(connection, "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: %d\r\n\r\n", len(body))
		if number == 1 {
			_, _ = io.WriteString(connection, body[:7])
			return
		}
		_, _ = io.WriteString(connection, body)
	}))
	if err != nil || len(urls) != 1 || urls[0] != "it answers" {
		t.Errorf("%v, %v, want the second answer", urls, err)
	}
}

// An answer on a slow link may take longer than any limit, while bytes arrive.
func TestSlowBodyIsRead(t *testing.T) {
	t.Parallel()
	for pause, want := range map[time.Duration]bool{idleTimeout - time.Millisecond: true, idleTimeout + time.Millisecond: false} {
		synctest.Test(t, func(t *testing.T) {
			from, to := io.Pipe()
			client := &watchedClient{client: answering(func(r *http.Request) (*http.Response, error) {
				go func() {
					<-r.Context().Done() // as the transport does
					_ = from.CloseWithError(r.Context().Err())
				}()
				return &http.Response{Body: from}, nil
			}), idle: idleTimeout}
			var writing sync.WaitGroup
			writing.Go(func() {
				for range 8 {
					_, _ = io.WriteString(to, "chunk")
					time.Sleep(pause)
				}
				_ = to.Close()
			})
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1", nil)
			if err != nil {
				t.Fatal(err)
			}
			response, err := client.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(response.Body)
			if _, stalled := errors.AsType[*stallError](err); stalled == want || want && string(got) != strings.Repeat("chunk", 8) {
				t.Errorf("with %s between the parts: %q, %v", pause, got, err)
			}
			_ = response.Body.Close()
			writing.Wait()
		})
	}
}

// answering is a client that answers by a function.
type answering func(*http.Request) (*http.Response, error)

// Do implements [aws.HTTPClient].
func (a answering) Do(r *http.Request) (*http.Response, error) { return a(r) }
