package main

// rules are the rules of the protocol that are no guards.
func rules() []mutant {
	return append(append(append(handlingRules(), taskRules()...), joinRules()...), reconcilerRules()...)
}

const (
	backlogFile    = "pkg/flow/backlog.go"
	cancelFile     = "pkg/flow/cancel.go"
	decideFile     = "pkg/flow/decide.go"
	diagnosisFile  = "pkg/flow/diagnosis.go"
	handlingFile   = "pkg/flow/handling.go"
	inputFile      = "pkg/flow/input.go"
	jobFile        = "pkg/flow/job.go"
	leadFile       = "pkg/flow/lead.go"
	memoryFile     = "pkg/flow/memory/store.go"
	mineFile       = "pkg/flow/mine.go"
	passFile       = "pkg/flow/pass.go"
	performFile    = "pkg/flow/perform.go"
	widthFile      = "pkg/flow/width.go"
	reconcilerFile = "pkg/flow/reconciler.go"
	rescueFile     = "pkg/flow/rescue.go"
	startFile      = "pkg/flow/start.go"
	storeFile      = "pkg/flow/store.go"
	timerFile      = "pkg/flow/timer.go"
	viewFile       = "pkg/flow/view.go"
	waveFile       = "pkg/flow/wave.go"
)

// handlingRules: what becomes of a message.
func handlingRules() []mutant {
	return []mutant{
		{rule: "every handling has an owner token of its own", file: handlingFile, old: "me: e.config.NewID(), deadline", new: `me: "worker", deadline`},
		{rule: "nothing goes on inline after a redelivery", file: handlingFile, old: "walked: m.Receives > 1,", new: "walked: false,",
			unseen: "it keeps one message's receives from paying for several tasks; nothing is lost without it"},
		{rule: "a lease lasts until the invocation's end", file: handlingFile, old: "return h.deadline.Add(Skew)", new: "return h.config.Now()"},
		{rule: "a lease outlasts the clocks' skew", file: handlingFile, old: "return h.deadline.Add(Skew)", new: "return h.deadline.Add(-Skew)"},
		{rule: "context keys are read again for each task", file: handlingFile, old: "set := ReadSet{RunID: h.run.ID, Run: status, Keys: reads.keys, ", new: "set := ReadSet{RunID: h.run.ID, Run: status, "},
		{rule: "a run that has ended starts nothing", file: handlingFile, old: "return !h.run.Status.Terminal(), nil", new: "return true, nil"},
		{rule: "a job of a run that has ended is acknowledged", file: jobFile, old: "if err != nil || h.run.Status.Terminal() {", new: "if err != nil {"},
		{rule: "a job must have been led to", file: jobFile, old: "if err == nil && !due {", new: "if err == nil && !due && h.view.nodes[task.Node] == nil {"},
		{rule: "a job of a join comes when its rule holds", file: "pkg/flow/due.go", old: "for !h.view.ready(task, map[TaskKey]bool{}) {", new: "for false {"},
		{rule: "a job of an unknown run is rejected", file: jobFile, old: `return reject("there is no run %s: a start message begins one", h.body.RunID)`, new: "return err"},
		{rule: "live work is sent again on its last receive", file: jobFile, old: "h.handsOver() && h.view", new: "false && h.view"},
		{rule: "what cannot be read is sent again on its last receive", file: jobFile, old: "if err != nil && h.handsOver() && ", new: "if false && "},
		{rule: "what is sent again carries the first message's id", file: jobFile, old: "Attributes: map[string]string{AttributeID: h.message.OriginalID()}", new: "Attributes: map[string]string{}"},
		{rule: "what is sent again counts a hop", file: jobFile, old: "	body.Hops++\n", new: ""},
		{rule: "a message counts a hop", file: handlingFile, old: "Hops: h.body.Hops + 1,", new: "Hops: h.body.Hops,"},
		{rule: "a run fails whose code no worker has", file: jobFile, old: "	case h.lastReceive():\n		return nil, h.withoutWorker(ctx, task)\n", new: ""},
		{rule: "a start is sent again on its last receive", file: startFile, old: "	if h.handsOver() {\n		return nil, h.sendAgain(ctx)\n	}\n", new: ""},
		{rule: "a run is touched before its tasks are claimed", file: jobFile, old: "if now.Sub(h.run.LastUpdated) <= h.config.StalledAfter/4 &&", new: "if now.Sub(h.run.LastUpdated) <= 1000*h.config.StalledAfter &&"},
		{rule: "a run is touched when a quarter of the threshold has passed", file: jobFile, old: "h.config.StalledAfter/4", new: "h.config.StalledAfter"},
		{rule: "a run that was rescued is touched", file: jobFile, old: " && h.run.Rescues == 0 ", new: " ",
			unseen: "progress shortens the wait for the next rescue; each comes within an hour without it"},
		{rule: "a run that has left the index is touched", file: jobFile, old: ` && h.run.Active != "" {`, new: " {",
			unseen: "what leaves the index only waits, and comes back by its timer; nodes that wait for a resume are not in this version"},
		{rule: "the same start again walks on", file: startFile, old: "case stored.Status.Terminal():", new: "case true:"},
		{rule: "another start of the run is ignored", file: startFile, old: "case stored.StartMessageID != again.StartMessageID:", new: "case false:"},
		{rule: "a start bounces off the lease of its first delivery", file: startFile, old: "case stored.StartLive(h.me, now):", new: "case false:"},
		{rule: "a run's start holds a lease", file: startFile, old: "StartMessageID: h.message.OriginalID(), StartOwner: h.me, StartLeaseUntil: h.leaseUntil(),", new: "StartMessageID: h.message.OriginalID(), StartOwner: h.me, StartLeaseUntil: now,"},
		{rule: "a start that is taken over walks, and does not begin anew", file: startFile, old: "return h.walk(ctx, h.startTasks())", new: "return h.passOn(ctx, h.startTasks())"},
		{rule: "a cancel ends the run", file: cancelFile, old: "return h.finish(ctx, GuardRunning(), f,", new: "_ = f\n	return h.finish(ctx, GuardRunning(), Finish{Status: Running},"},
		{rule: "a cancel comes back while there is no run", file: cancelFile, old: `return fmt.Errorf("cancel run %s: it is not there (yet): %w", h.body.RunID, ErrNotFound)`, new: "_ = fmt.Errorf\n		return nil"},
	}
}

// taskRules: how a task is claimed, executed and committed, and what follows.
func taskRules() []mutant {
	return []mutant{
		{rule: "nobody acknowledges past a live lease", file: performFile, old: "		return nil, false, &HeldError{Until: old.LeaseUntil}\n", new: "		return nil, false, nil\n"},
		{rule: "nobody walks past a live lease", file: performFile, old: "case old.Live(h.me, now):", new: "case old.Live(h.me, now) && !old.State.Committed():"},
		{rule: "a retry that is not due is sent again", file: performFile, old: "	case old.State == TaskRetrying:\n		return nil, false, h.sendRetry(ctx, old)\n", new: "	case old.State == TaskRetrying:\n		return nil, false, nil\n"},
		{rule: "a retry is sent after its failure", file: performFile, old: "	if stored.State == TaskRetrying {\n		return nil, false, h.sendRetry(ctx, stored)\n	}\n", new: "	if stored.State == TaskRetrying {\n		return nil, false, nil\n	}\n"},
		{rule: "a retry waits", file: performFile, old: "message, err := h.jobFor(t.TaskKey, t.Failures+1, delay)", new: "message, err := h.jobFor(t.TaskKey, t.Failures+1, 0)"},
		{rule: "a retry's message carries its attempt", file: performFile, old: "message, err := h.jobFor(t.TaskKey, t.Failures+1, delay)", new: "message, err := h.jobFor(t.TaskKey, 0, delay)",
			unseen: "by its due time a retry is free anyway; clocks that differ cost one more message"},
		{rule: "at-most-once code is abandoned with its worker", file: performFile, old: "case old.State == TaskRunning && h.view.nodes[w.Node].Config.Semantics == AtMostOnce:", new: "case false:"},
		{rule: "what is done already is walked on from", file: performFile, old: "		h.view.keep(old)\n		return &old, false, nil\n", new: "		return nil, false, nil\n"},
		{rule: "a lost commit goes on with the recorded outcome", file: performFile, old: "	case errors.Is(err, ErrConflict):\n		return h.conflict(ctx, w, stored, err)\n", new: "	case errors.Is(err, ErrConflict):\n		h.view.keep(record)\n		return &record, true, nil\n"},
		{rule: "a lost commit is not acknowledged", file: performFile, old: "	case errors.Is(err, ErrConflict):\n		return h.conflict(ctx, w, stored, err)\n", new: "	case errors.Is(err, ErrConflict):\n		return nil, false, nil\n"},
		{rule: "the lease stays at the commit", file: performFile, old: "	guard := GuardUnclaimed()\n", new: "	record.LeaseUntil = h.config.Now()\n	guard := GuardUnclaimed()\n"},
		{rule: "a claimed task is committed by its owner alone", file: performFile, old: "guard = GuardOwned(h.me)", new: "guard = Guard{}"},
		{rule: "context writes are committed with the outcome", file: performFile, old: "Transition{Guard: guard, Task: &record, Writes: writes}", new: "Transition{Guard: guard, Task: &record, Writes: writes[:0]}"},
		{rule: "starts without an outcome are bounded", file: performFile, old: "if base.Starts > h.config.MaxStarts {", new: "if base.Starts > 1000*h.config.MaxStarts {"},
		{rule: "a claim counts a start", file: storeFile, old: "	t.Starts++\n", new: ""},
		{rule: "an attempt's starts are counted by themselves", file: decideFile, old: "record.State, record.Starts, record.DueAt = TaskRetrying, 0, due", new: "record.State, record.DueAt = TaskRetrying, due"},
		{rule: "attempts are bounded", file: "pkg/flow/retry.go", old: "if isPermanent(err) || failures >= max(config.MaxRetries, 1) {", new: "if isPermanent(err) || failures > max(config.MaxRetries, 1) {"},
		{rule: "a permanent failure is not retried", file: "pkg/flow/retry.go", old: "if isPermanent(err) || ", new: "if "},
		{rule: "the status is read again after a second", file: performFile, old: "> time.Second)", new: "> time.Hour)"},
		{rule: "the status is read before every claim", file: performFile, old: "h.load(ctx, w.TaskKey, w.claim || ", new: "h.load(ctx, w.TaskKey, "},
		{rule: "a task is begun only with time for it", file: performFile, old: "if w.claim && h.remaining() < step.timeout {", new: "if w.claim && h.remaining() < -step.timeout {"},
		{rule: "everything but one task is sent", file: passFile, old: "	return next, h.send(ctx, messages...)\n}\n\n// fits", new: "	return next, nil\n}\n\n// fits"},
		{rule: "the send is waited for before the message is acknowledged", file: passFile, old: "	return next, h.send(ctx, messages...)\n}\n\n// fits", new: "	_ = h.send(ctx, messages...)\n	return next, nil\n}\n\n// fits"},
		{rule: "a chain is handed on when its time is short", file: passFile, old: "return s.handler != nil && h.remaining() >= s.timeout", new: "return s.handler != nil"},
		{rule: "a worker goes on only with code that it has", file: passFile, old: "return s.handler != nil && h.remaining() >= s.timeout", new: "return h.remaining() >= s.timeout",
			unseen: "a task without code goes back to the queue, and with it the whole walk: dearer, and nothing is lost"},
		{rule: "after a walk nothing goes on unclaimed", file: passFile, old: "	h.walked = true\n", new: "",
			unseen: "a walk is of a redelivery or of a claim that was lost to one; the message's receives then pay for several tasks, and nothing is lost"},
		{rule: "a walk claims", file: passFile, old: "w.via, w.claim, next = ViaInline, true, w", new: "w.via, next = ViaInline, w"},
		{rule: "a walk sends all tasks but one", file: passFile, old: "w.via, w.claim, next = ViaInline, true, w\n			continue\n		}\n", new: "w.via, w.claim, next = ViaInline, true, w\n			continue\n		} else if next != nil {\n			continue\n		}\n"},
		{rule: "a walk bounces off live successors", file: passFile, old: "return false, &HeldError{Until: t.LeaseUntil}", new: "return false, nil"},
		{rule: "a walk sends what is absent", file: passFile, old: "case !exists || t.State == TaskRetrying || t.State == TaskRunning || through", new: "case t.State == TaskRetrying || t.State == TaskRunning || through"},
		{rule: "a walk sends what its worker left", file: passFile, old: "case !exists || t.State == TaskRetrying || t.State == TaskRunning || through", new: "case !exists || t.State == TaskRetrying || through"},
		{rule: "a walk sends retries again", file: passFile, old: "case !exists || t.State == TaskRetrying || t.State == TaskRunning || through", new: "case !exists || t.State == TaskRunning || through"},
		{rule: "a walk reads before it sends", file: passFile, old: "	return snapshot.Tasks, nil\n", new: "	clear(snapshot.Tasks)\n	return snapshot.Tasks, nil\n"},
		{rule: "a walk leads through what was done inline", file: passFile, old: "	return inline, nil\n", new: "	return false, nil\n"},
		{rule: "a walk leaves alone what came by its own message", file: passFile, old: "inline := t.State.Committed() && t.Via == ViaInline", new: "inline := t.State.Committed()",
			unseen: "it costs reads only: the message of that task answers for what follows too"},
		{rule: "one node's record is its own claim's", file: mineFile, old: `return c.Owner != "" && c.Owner == stored.Owner && stored.State == TaskRunning`, new: "return stored.State == TaskRunning"},
		{rule: "one's own claim is a success", file: mineFile, old: `return c.Owner != "" && c.Owner == stored.Owner && stored.State == TaskRunning`, new: "return false"},
		{rule: "one's own commit is known by its owner", file: mineFile, old: `return t.Task != nil && t.Task.Owner != "" && t.Task.Owner == stored.Owner &&`, new: "return t.Task != nil &&",
			unseen: "who loses a commit is past its deadline, and does no more than to send what the recorded outcome leads to"},
		{rule: "one's own start is known by its owner", file: mineFile, old: `return r.StartOwner != "" && r.StartOwner == stored.StartOwner && r.StartMessageID == stored.StartMessageID`, new: "return r.StartMessageID == stored.StartMessageID"},
		{rule: "at-most-once code always claims", file: leadFile, old: "claim: p.nodes[id].Config.Semantics == AtMostOnce}", new: "claim: false}"},
		{rule: "a failure without fallback ends the run", file: leadFile, old: "return nil, h.failRun(ctx, t.Error)", new: "return nil, nil"},
	}
}

// joinRules: joins, ends, fallbacks and dead branches.
func joinRules() []mutant {
	return []mutant{
		{rule: "arrivals are a set", file: memoryFile, old: "slices.BinarySearch(set, element); !there {", new: "slices.BinarySearch(set, element); !there || i >= 0 {"},
		{rule: "joins claim", file: leadFile, old: "first: join.First, claim: true}", new: "first: join.First}"},
		{rule: "a join that is full of dead branches is dead", file: waveFile, old: "		return joinDead\n", new: "		return joinWaits\n"},
		{rule: "a join waits for all", file: waveFile, old: "	case full:\n		return joinReady\n", new: "	case len(join.Taken) > 0:\n		return joinReady\n"},
		{rule: "an all join is judged at every arrival", file: waveFile, old: "	case full:\n		return joinReady\n", new: "	case full && len(a.taken) > 0:\n		return joinReady\n"},
		{rule: "an any join is fired by its first", file: waveFile, old: "if slices.Contains(a.taken, join.First) {", new: "if len(a.taken) > 0 {",
			unseen: "the claim lets one of them in, and its record fixes the source; it costs messages"},
		{rule: "the first to arrive at an any join stays", file: memoryFile, old: "First:   cmp.Or(join.First, arrival.First),", new: "First:   cmp.Or(arrival.First, join.First),"},
		{rule: "a dead branch is never the first", file: leadFile, old: "if len(a.taken) > 0 && h.view.isAnyJoin(a.node) {\n		arrival.First = a.taken[0]", new: "if h.view.isAnyJoin(a.node) {\n		arrival.First = a.sources[0]"},
		{rule: "a join's source is fixed by its first claim", file: storeFile, old: `	if t.In == "" {`, new: "	{"},
		{rule: "dead branches reach what is behind them", file: waveFile, old: "		w.resolve(node, nil)\n", new: ""},
		{rule: "an unused fallback is dead", file: waveFile, old: "		w.dead = append(w.dead, unused)\n", new: ""},
		{rule: "the fallback of a skipped node is dead", file: waveFile, old: "			w.dead = append(w.dead, fallback)\n", new: ""},
		{rule: "a fallback leads on along the edges of what it stands for", file: waveFile, old: "for id := t.Node; id != \"\"; id = p.primary[id] {\n		w.resolve", new: "for id := t.Node; id == t.Node; id = p.primary[id] {\n		w.resolve"},
		{rule: "a failed node has its fallback follow", file: waveFile, old: "w.ready = []string{p.fallbackOf(t.Node)}", new: "w.ready = nil"},
		{rule: "edges into an any join are ends", file: waveFile, old: "if w.plan.isAnyJoin(target) {", new: "if false {"},
		{rule: "the run waits for the late arrivals at an any join", file: widthFile, old: "names = append(names, edgeEnd(source, n.ID))", new: "_ = source"},
		{rule: "the run completes when all its ends are resolved", file: leadFile, old: "if len(join.Arrived) < h.view.ends {", new: "if len(join.Arrived) < 1 {"},
		{rule: "what leads to a node is recorded", file: viewFile, old: "if v.blueprint.Edges[taken.Index].Target == target.Node {", new: "if true {"},
		{rule: "a node and its fallback are one source of their successor", file: "pkg/flow/graph.go", old: "				from = stands\n", new: ""},
		{rule: "a fallback's record decides for its node", file: viewFile, old: "		id = v.fallbackOf(id)\n	}\n	return TaskRecord{}, false", new: "		break\n	}\n	return TaskRecord{}, false"},
		{rule: "an any join's input is what fired it", file: inputFile, old: "sources = []string{in}", new: "sources = sources[:1]"},
	}
}

// reconcilerRules: what is found missing, and what may be done about it.
func reconcilerRules() []mutant {
	return []mutant{
		{rule: "a run that was touched meanwhile is skipped", file: rescueFile, old: "	if errors.Is(err, ErrConflict) {\n		return false, nil\n", new: "	if errors.Is(err, ErrConflict) {\n		return true, nil\n"},
		{rule: "the run is marked before anything is sent", file: rescueFile, old: "if ok, err := r.mark(ctx, h.run, d); err != nil || !ok {", new: "if ok := true; !ok {"},
		{rule: "a run's age is judged on the run itself", file: rescueFile, old: " || r.config.Now().Sub(run.LastUpdated) < r.patience(run.Rescues) {", new: " {"},
		{rule: "a run that has ended is left alone", file: rescueFile, old: "run == nil || run.Status.Terminal() || ", new: "run == nil || "},
		{rule: "a task that is at work is left alone", file: diagnosisFile, old: "case t.State == TaskRunning && t.LeaseUntil.After(now):", new: "case false:",
			unseen: "its message bounces off the lease; it costs messages"},
		{rule: "a task whose worker died is sent again", file: diagnosisFile, old: "	case t.State == TaskRunning:\n		d.jobs = append(d.jobs, overdue{TaskKey: t.TaskKey})\n", new: "	case t.State == TaskRunning:\n		d.pending = true\n"},
		{rule: "a retry is overdue only after the threshold", file: diagnosisFile, old: "now.After(t.DueAt.Add(stalledAfter))", new: "now.After(t.DueAt)",
			unseen: "a duplicate of a delayed message dies at its claim; it costs messages"},
		{rule: "a retry that is overdue is sent again", file: diagnosisFile, old: "case now.After(t.DueAt.Add(stalledAfter)):", new: "case false:"},
		{rule: "a timer that was never written is", file: diagnosisFile, old: "		d.timers = append(d.timers, t)\n", new: "		d.waits = true\n"},
		{rule: "a task that never began is sent again", file: diagnosisFile, old: "			d.jobs = append(d.jobs, overdue{TaskKey: task})\n", new: ""},
		{rule: "a join is ready when its rule holds", file: diagnosisFile, old: "if !v.isJoin(task.Node) || v.isAnyJoin(task.Node) {", new: "if true {"},
		{rule: "only what was led to is ready", file: diagnosisFile, old: "	if !v.ledTo(task) {\n		return false\n	}\n	if", new: "	if"},
		{rule: "a failure that has not ended the run does", file: diagnosisFile, old: "return diagnosis{failure: failed.Error}", new: "return diagnosis{}"},
		{rule: "the first failure ends the run", file: diagnosisFile, old: "final && (failed == nil || record.FinishedAt.Before(failed.FinishedAt))", new: "final",
			unseen: "which of two failures was first is not determined while both are under way"},
		{rule: "a used fallback's failure ends no run", file: diagnosisFile, old: `final := v.fallbackOf(node.ID) == ""`, new: "final := true"},
		{rule: "a run whose ends are all resolved is completed", file: diagnosisFile, old: "	d.complete = !open\n", new: "	_ = open\n"},
		{rule: "a run that waits for a timer comes back into the index", file: timerFile, old: "Run:   &RunChange{RunID: timer.RunID, LastUpdated: r.config.Now(), Active: Shard(timer.RunID)},", new: "Run:   &RunChange{RunID: timer.RunID},"},
		{rule: "a timer is dropped only after its message was sent", file: timerFile, old: "	over := errors.Is(err, ErrConflict)\n", new: "	over := errors.Is(err, ErrConflict)\n	if err := r.store.DropTimer(ctx, timer); err != nil {\n		return false, err\n	}\n"},
		{rule: "a timer's message is sent", file: timerFile, old: "if !over && timer.Body != \"\" {", new: "if false {"},
		{rule: "a timer's message is not early", file: timerFile, old: "return min(ceilSecond(due.Sub(r.config.Now())), MaxDelay)", new: "return 0"},
		{rule: "a timer is dropped", file: timerFile, old: "if err := r.store.DropTimer(ctx, timer); err != nil {", new: "if err := error(nil); err != nil {"},
		{rule: "a lock is given back", file: rescueFile, old: "_, released := r.locks.Release(ctx, key, owner)", new: "_, _ = ctx, owner\n		var released error"},
		{rule: "a run that has ended leaves the index", file: storeFile, old: "f.FinishedAt, f.Expires\n		r.Active = \"\"\n", new: "f.FinishedAt, f.Expires\n"},
		{rule: "a queue that is behind gets nothing", file: backlogFile, old: "case b.visible > b.limit:", new: "case b.visible > 1000*b.limit:"},
		{rule: "a visible message may be a stalled run's", file: backlogFile, old: "max(len(b.held)-b.visible, 0)", new: "len(b.held)"},
		{rule: "more runs wait than messages do", file: backlogFile, old: "b.held[:max(len(b.held)-b.visible, 0)]", new: "b.held[:0]",
			unseen: "after an hour they are rescued all the same; it is about time"},
		{rule: "after an hour a message is missed", file: backlogFile, old: " || age >= maxPatience:", new: ":"},
		{rule: "each rescue doubles the wait", file: reconcilerFile, old: "if wait *= 2; wait >= maxPatience {", new: "if wait >= maxPatience {"},
		{rule: "a tick sends only so many jobs", file: rescueFile, old: "d.jobs = d.jobs[:min(len(d.jobs), limit)]", new: "_ = limit"},
	}
}
