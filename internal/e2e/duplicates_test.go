package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/flowcraft-go/flowcraft/internal/servers/serverstest"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// noisySQS is an SQS server that takes every message twice, and delivers some copies
// late, for messages of the test and of the worker.
func noisySQS(t *testing.T) (endpoint string) {
	t.Helper()
	target, err := url.Parse(serverstest.SQS(t).Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httptest.NewServer(&httputil.ReverseProxy{ErrorLog: log.New(io.Discard, "", 0), Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host // queue URLs are derived from it
		body, err := io.ReadAll(r.In.Body)
		if err != nil {
			return // the caller is gone
		}
		switch _, op, _ := strings.Cut(r.In.Header.Get("X-Amz-Target"), "."); op {
		case "SendMessage", "SendMessageBatch":
			sendTwice(t, target, r.In, body)
			body = late(t, body)
		}
		r.Out.Body, r.Out.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		r.Out.Header.Set("Content-Length", strconv.Itoa(len(body)))
	}})
	t.Cleanup(proxy.Close)
	return proxy.URL
}

func sendTwice(t *testing.T, target *url.URL, in *http.Request, body []byte) {
	again := in.Clone(in.Context())
	again.URL, again.RequestURI, again.Body = target, "", io.NopCloser(bytes.NewReader(body))
	response, err := http.DefaultClient.Do(again)
	if err != nil {
		if in.Context().Err() == nil {
			t.Errorf("send the duplicates: %v", err)
		}
		return
	}
	response.Body.Close()
}

// late shuffles the messages of a batch and delays some of them.
func late(t *testing.T, body []byte) []byte {
	var request map[string]any
	if err := json.Unmarshal(body, &request); err != nil {
		t.Errorf("request %s: %v", body, err)
		return body
	}
	messages := []any{request}
	if entries, ok := request["Entries"].([]any); ok {
		messages = entries
		rand.Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
	}
	for _, m := range messages {
		if fields, ok := m.(map[string]any); ok && fields["DelaySeconds"] == nil {
			fields["DelaySeconds"] = rand.IntN(3)
		}
	}
	changed, err := json.Marshal(request)
	if err != nil {
		t.Error(err)
	}
	return changed
}

// Every message is delivered twice, out of order, also those that the worker sends;
// starts are sent three more times, under the same runId and without one; and the
// test sends a job for every node of every run, at random times.
func TestDuplicates(t *testing.T) {
	t.Parallel()
	d := start(t, "--sqs-endpoint", noisySQS(t))
	runs := some(22, "dup", "chain", "fan", "first", "choice", "rescue", "notes", "big", "dice", "ladder", "twins", "retry")
	var messages []string
	for _, r := range runs {
		messages = append(messages, r.body(), r.body())
	}
	rand.Shuffle(len(messages), func(i, j int) { messages[i], messages[j] = messages[j], messages[i] })
	d.send(messages...)

	nameless := run{blueprint: "fan", n: 5}
	ids := d.send(nameless.startAs(""), nameless.startAs(""))
	d.ended(append(runs, run{id: ids[0]}, run{id: ids[1]})...)
	for _, id := range ids {
		runs = append(runs, run{id, "fan", 5})
	}
	d.completed(runs...)
	d.committedOnce(runs...)
	d.neverTwoAtOnce()
	d.startsAtMost(runs...)
	d.quiet()
	if extra := len(d.statuses()) - len(runs); extra != len(ids) { // each of the duplicates that the proxy made has an id of its own
		t.Errorf("there are %d more runs than were named, want %d", extra, len(ids))
	}
}

// startsAtMost checks that no code was started more often than it has attempts. This
// holds if no worker dies and the tables answer in time: the log shows the messages
// that came back because they did not.
func (d *dev) startsAtMost(runs ...run) {
	d.Helper()
	starts := d.starts()
	for _, r := range runs {
		if len(d.logged("message returned", r.id)) > 0 {
			continue
		}
		for _, node := range d.report(r.id).Nodes {
			if n := starts[task(r.id, node.ID)]; n > node.Attempts {
				d.Errorf("the code of %s/%s was started %d times in %d attempts", r.id, node.ID, n, node.Attempts)
			}
		}
	}
}

// Forged jobs run nothing.
func TestForgedJobs(t *testing.T) {
	t.Parallel()
	d := start(t)
	chosen := run{"forged-choice", "choice", 5}
	long := run{"forged-long", "long", 1}
	fan := run{"forged-fan", "slowfan", 1}
	d.send(chosen.body(), long.body(), fan.body())
	d.ended(chosen)
	d.eventually(func() string {
		if d.starts()[task(fan.id, "w2")] == 0 {
			return "w2 has not started"
		}
		return ""
	})
	forged := []string{
		long.job("n12"), long.job("n11", `,"attempt":2`), long.job("nowhere"), long.job("n1", `,"scope":"poll.3"`),
		fmt.Sprintf(`{"runId":%q,"blueprintId":"choice","nodeId":"n12"}`, long.id),
		fmt.Sprintf(`{"runId":%q,"blueprintId":"choice","nodeId":"big"}`, long.id),
	}
	d.send(forged...)
	// One of the join's predecessors is not done. On a slow machine it may be done
	// before the last receive of these jobs: then they are due, and their execution
	// is checked below.
	early := []string{fan.job("join"), fan.job("after")}
	d.send(early...)
	d.send(chosen.job("big"), chosen.job("small"), chosen.job("nowhere")) // of a run that has ended: no harm
	d.ended(long, fan)
	d.drained()
	var bodies []string
	for _, m := range d.dead() {
		if !slices.Contains(early, *m.Body) {
			bodies = append(bodies, *m.Body)
		}
	}
	slices.Sort(bodies)
	slices.Sort(forged)
	if !slices.Equal(bodies, forged) {
		t.Errorf("dead letters = %q, want %q", bodies, forged)
	}
	runs := []run{chosen, long, fan}
	for _, r := range runs {
		if report := d.report(r.id); report.Status != flow.Completed {
			t.Errorf("run %s has %s", r.id, report.Status)
		}
	}
	if got := compact(d.report(fan.id).Result); got != "2" {
		t.Errorf("result of %s = %s, want 2: both inputs of its join", fan.id, got)
	}
	d.completed(chosen)
	d.committedOnce(runs...)
	d.startsAtMost(runs...)
	d.neverTwoAtOnce()
	if n := d.starts()[task(chosen.id, "big")]; n != 0 {
		t.Errorf("the untaken branch was started %d times", n)
	}
}
