package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"sort"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func envInt(name string, def int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return def
}

func rss(pid int) int {
	data, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for l := range strings.Lines(string(data)) {
		if strings.HasPrefix(l, "VmRSS:") {
			n, _ := strconv.Atoi(strings.Fields(l)[1])
			return n
		}
	}
	return 0
}

func TestSoak(t *testing.T) {
	if os.Getenv("SOAK") == "" {
		t.Skip()
	}
	seconds, rate, killEvery := envInt("SOAK", 60), envInt("RATE", 4), envInt("KILL_MS", 700)
	args := []string{"--visibility", os.Getenv("VIS"), "--timeout", os.Getenv("TO"), "--sandboxes", "4"}
	if os.Getenv("NOISY") != "" {
		args = append(args, "--sqs-endpoint", noisySQS(t))
	}
	d := start(t, args...)
	var runs []run
	names := []string{"chain", "fan", "first", "choice", "rescue", "notes", "big", "dice", "ladder", "twins", "retry"}
	end := time.Now().Add(time.Duration(seconds) * time.Second)
	nextKill := time.Now().Add(time.Second)
	kills := 0
	sent := map[string]time.Time{}
	for i := 0; time.Now().Before(end); i++ {
		b := names[i%len(names)]
		r := run{fmt.Sprintf("soak-%s-%d", b, i), b, i % 40}
		runs = append(runs, r)
		sent[r.id] = time.Now()
		d.send(r.body())
		time.Sleep(time.Second / time.Duration(rate))
		if killEvery > 0 && time.Now().After(nextKill) {
			d.killOne()
			kills++
			nextKill = time.Now().Add(time.Duration(killEvery/2+rand.IntN(killEvery)) * time.Millisecond)
		}
		if i%100 == 0 {
			fmt.Printf("%s runs %d kills %d rss dev %d KB\n", time.Now().Format(time.TimeOnly), len(runs), kills, rss(d.cmd.Process.Pid))
		}
	}
	stopSend := time.Now()
	d.ended(runs...)
	fmt.Printf("all ended %s after the last start; kills %d runs %d\n", time.Since(stopSend), kills, len(runs))
	var lat []time.Duration
	for _, l := range d.matching(func(l line) bool { return l.text("msg") == "run completed" || l.text("msg") == "run failed" }) {
		at, _ := time.Parse(time.RFC3339Nano, l.text("time"))
		lat = append(lat, at.Sub(sent[l.text("run_id")]))
	}
	sort.Slice(lat, func(i, j int) bool { return lat[i] < lat[j] })
	if n := len(lat); n > 0 {
		fmt.Printf("latency p50 %s p90 %s p99 %s max %s (lines %d)\n", lat[n/2], lat[n*9/10], lat[n*99/100], lat[n-1], n)
	}
	fmt.Println("depth", d.depth(d.QueueURL), "dlq", d.depth(d.DLQURL))
	d.completed(runs...)
	d.committedOnce(runs...)
	d.neverTwoAtOnce()
	d.quiet()
	counts := map[string]int{}
	for _, l := range d.matching(func(line) bool { return true }) {
		k := l.text("level") + " " + l.text("msg") + l.text("sandbox")
		if l.text("msg") == "message returned" || l.text("msg") == "batch failed" {
			e := l.text("error")
			for _, w := range []string{"too little", "held", "signal: killed", "timed out"} {
				if strings.Contains(e, w) {
					k += " " + w
				}
			}
		}
		counts[k]++
	}
	fmt.Println(counts)
	var kl []int
	for _, pid := range d.sandboxes() {
		kl = append(kl, rss(pid))
	}
	fmt.Println("sandboxes rss KB", kl, "dev", rss(d.cmd.Process.Pid))
	time.Sleep(15 * time.Second)
	fmt.Println("depth later", d.depth(d.QueueURL), "dlq", d.depth(d.DLQURL))
}

func TestHeal(t *testing.T) {
	if os.Getenv("HEAL") == "" {
		t.Skip()
	}
	for _, c := range [][2]string{{"5s", "7s"}, {"5s", "3s"}, {"5s", "12s"}, {"5s", "1s"}, {"10s", "5s"}, {"30s", "5s"}} {
		t.Run(c[0]+"/"+c[1], func(t *testing.T) {
			t.Parallel()
			d := start(t, "--timeout", c[0], "--visibility", c[1], "--sandboxes", "2")
			for i := range 4 {
				r := run{fmt.Sprintf("heal-%d", i), "long", 1}
				d.send(r.body())
				d.eventually(func() string {
					if d.starts()[task(r.id, "n3")] == 0 {
						return "not yet"
					}
					return ""
				})
				var pid int
				var began, killed time.Time
				var node string
				for _, n := range readLines[noted](d, "starts") {
					if n.RunID == r.id && n.What == "start" {
						if began.IsZero() {
							began = n.Time
						}
						pid, node = n.PID, n.NodeID
					}
				}
				_ = syscall.Kill(pid, syscall.SIGKILL)
				killed = time.Now()
				var again time.Time
				d.eventually(func() string {
					for _, n := range readLines[noted](d, "starts") {
						if n.RunID == r.id && n.What == "start" && n.PID != pid {
							again = n.Time
							return ""
						}
					}
					return "not again"
				})
				fmt.Printf("timeout %s visibility %s: invocation began %.1fs before the kill at %s; %.1fs from kill to next start, %.1fs from begin\n", c[0], c[1], killed.Sub(began).Seconds(), node, again.Sub(killed).Seconds(), again.Sub(began).Seconds())
				d.ended(r)
				fmt.Printf("timeout %s visibility %s: ended %.1fs after kill\n", c[0], c[1], time.Since(killed).Seconds())
			}
		})
	}
}

func TestManyKillers(t *testing.T) {
	if os.Getenv("KILLERS") == "" {
		t.Skip()
	}
	d := start(t, "--visibility", os.Getenv("VIS"), "--timeout", "5s", "--sandboxes", "4")
	killers := some(envInt("KILLERS", 5), "bad", "killer")
	neighbours := some(60, "near", "chain", "fan", "survivor", "choice", "ladder", "retry", "notes")
	all := append(append([]run{}, killers...), neighbours...)
	rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	begin := time.Now()
	d.send(bodies(all)...)
	d.ended(neighbours...)
	fmt.Println("neighbours ended after", time.Since(begin))
	for time.Since(begin) < 10*time.Minute {
		st := d.statuses()
		open := 0
		for _, r := range killers {
			if !st[r.id].Terminal() {
				open++
			}
		}
		if open == 0 {
			break
		}
		time.Sleep(time.Second)
	}
	fmt.Println("killers ended after", time.Since(begin), "dlq", d.depth(d.DLQURL))
	d.completed(neighbours...)
	d.committedOnce(all...)
	d.neverTwoAtOnce()
	for _, r := range killers {
		fmt.Println(r.id, d.report(r.id).Status, d.report(r.id).Error.Message, d.starts()[task(r.id, "kill")])
	}
	d.quiet()
}
