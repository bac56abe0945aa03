package sim

// TenantsAreKept is about messages.
const TenantsAreKept Invariant = "every message of a run is in the group of its tenant"

func tenantsAreKept(w *watcher) moments {
	return moments{
		sent: func(p *process, sent *message) {
			forged := p.message != nil && p.message.forged
			if r := w.runs.find(sent.body.RunID); r != nil && !forged && sent.tenant != r.tenant {
				w.violate(TenantsAreKept, "run %s of the tenant %q: %s is sent for %q", r.id, r.tenant, sent.text, sent.tenant)
			}
		},
		ended: func(r *run) {
			if r.state.Tenant != r.tenant {
				w.violate(TenantsAreKept, "run %s of the tenant %q: it ends as one of %q", r.id, r.tenant, r.state.Tenant)
			}
		},
	}
}
