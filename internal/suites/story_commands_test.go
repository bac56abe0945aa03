package suites_test

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/flowcraft-go/flowcraft/internal/fault"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/client"
)

// play executes a command, and returns its output. Faults that must occur in it
// follow it: "deliver start; crash after commit a".
func (w *storyWorld) play(command string, body []string) []string {
	w.Helper()
	w.log = []string{}
	first, faults, _ := strings.Cut(command, "; ")
	for sentence := range strings.SplitSeq(faults, "; ") {
		if sentence == "" {
			continue
		}
		plan, err := fault.Parse(sentence)
		if err == nil {
			err = w.faults.Inject(plan)
		}
		if err != nil {
			w.Fatalf("%s: %v", command, err)
		}
	}
	verb, rest, _ := strings.Cut(first, " ")
	do, ok := storyCommands[verb]
	if !ok {
		w.Fatalf("%s: no such command: there are %q", command, slices.Sorted(maps.Keys(storyCommands)))
	}
	if err := do(w, rest, body); err != nil {
		w.Fatalf("%s: %v", command, err)
	}
	if waiting := w.faults.Waiting(); len(waiting) > 0 {
		w.Fatalf("%s: there was no such request: %q; the output is\n%s", command, waiting, strings.Join(w.log, "\n"))
	}
	return w.log
}

// storyCommands are the commands of stories, by their verbs.
var storyCommands = map[string]func(w *storyWorld, rest string, body []string) error{
	"blueprint": func(w *storyWorld, _ string, body []string) error {
		b, err := storyBlueprint(body)
		if err != nil {
			return err
		}
		return w.open(b)
	},
	"start": func(w *storyWorld, _ string, _ []string) error {
		return w.send(func(c *client.Client) error {
			_, err := c.Start(w.Context(), w.blueprint.ID, 1, client.WithRunID(storyRun))
			return err
		})
	},
	"cancel": func(w *storyWorld, reason string, _ []string) error {
		return w.send(func(c *client.Client) error { return c.Cancel(w.Context(), storyRun, reason) })
	},
	"forge": func(w *storyWorld, job string, _ []string) error {
		return w.send(func(*client.Client) error {
			body, err := flow.MessageBody{RunID: storyRun, BlueprintID: w.blueprint.ID, NodeID: strings.TrimPrefix(job, "job ")}.Encode()
			if err != nil {
				return err
			}
			return w.queue.Send(w.Context(), flow.Outgoing{Body: body})
		})
	},
	"deliver": func(w *storyWorld, rest string, _ []string) error {
		m, err := w.receive(rest)
		if err == nil {
			w.deliver(m)
		}
		return err
	},
	"lose": func(w *storyWorld, name string, _ []string) error {
		m, err := w.queue.named(name)
		if err == nil {
			m.gone = true
		}
		return err
	},
	"wait": func(w *storyWorld, rest string, _ []string) error {
		d, err := time.ParseDuration(rest)
		w.now += d
		w.say("it is %s", w.now)
		return err
	},
	"reconcile": func(w *storyWorld, _ string, _ []string) error { return w.reconcile() },
	"show":      func(w *storyWorld, _ string, _ []string) error { return w.show() },
}

// receive returns the message "NAME", "NAME again" or "NAME on receive N".
func (w *storyWorld) receive(text string) (*storyMessage, error) {
	name, number, ok := strings.Cut(text, " on receive ")
	name, again := strings.CutSuffix(name, " again")
	m, err := w.queue.named(name)
	if err != nil {
		return nil, err
	}
	if m.receives++; ok {
		m.receives, err = strconv.Atoi(number)
	}
	if again != (m.receives > 1) && !ok {
		return nil, fmt.Errorf("%s was received %d times before", name, m.receives-1)
	}
	return m, err
}

func (w *storyWorld) reconcile() error {
	w.depth++
	stats, err := w.reconciler.Tick(w.Context())
	w.depth--
	if err != nil {
		return err
	}
	if stats.StalledRuns+stats.Timers == 0 {
		w.say("nothing is to be done")
		return nil
	}
	w.say("%s, %d reconciled; sent %s and %s", count(stats.StalledRuns, "stalled run"), stats.ReconciledRuns, count(stats.Jobs, "job"), count(stats.Timers, "timer"))
	return nil
}
