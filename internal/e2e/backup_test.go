package e2e

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/flowcraft-go/flowcraft/internal/localstack"
	"github.com/flowcraft-go/flowcraft/internal/servers"
	"github.com/flowcraft-go/flowcraft/pkg/dynamo"
	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// recorder stands in front of a DynamoDB-compatible server as point-in-time recovery
// does: it can tell the content of all tables at one moment, while requests go on
// before and after it.
type recorder struct {
	endpoint string
	direct   *dynamodb.Client
	requests sync.RWMutex // held for reading by each request
}

func newRecorder(t *testing.T, server string) *recorder {
	t.Helper()
	target, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	r := &recorder{direct: dynamodb.NewFromConfig(servers.AWSConfig(server))}
	proxy := &httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) { p.SetURL(target) }}
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		r.requests.RLock()
		defer r.requests.RUnlock()
		proxy.ServeHTTP(w, request)
	}))
	t.Cleanup(front.Close)
	r.endpoint = front.URL
	return r
}

// backup has the items of the three tables at one moment.
type backup struct{ context, status, coordination []item }

func (r *recorder) backup(d *dev) backup {
	d.Helper()
	r.requests.Lock()
	defer r.requests.Unlock()
	direct := &dev{T: d.T, db: r.direct}
	all := func(table string) []item { return slices.Collect(direct.items(table, "")) }
	return backup{all(d.ContextTable), all(d.StatusTable), all(d.CoordinationTable)}
}

// restore makes three new tables of the backup, and names them in the configuration:
// it stands for "aws dynamodb restore-table-to-point-in-time".
func (b backup) restore(t *testing.T, db *dynamodb.Client, suffix string, config *localstack.Config) {
	t.Helper()
	names := dynamo.Names{Context: "flow-context-" + suffix, Status: "flow-status-" + suffix, Coordination: "flow-coordination-" + suffix}
	if err := dynamo.CreateTables(t.Context(), db, names); err != nil {
		t.Fatal(err)
	}
	for table, items := range map[string][]item{names.Context: b.context, names.Status: b.status, names.Coordination: b.coordination} {
		for _, it := range items {
			if _, err := db.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &table, Item: it}); err != nil {
				t.Fatal(err)
			}
		}
	}
	config.ContextTable, config.StatusTable, config.CoordinationTable = names.Context, names.Status, names.Coordination
}

// runs returns the statuses of the runs in the backup, by id.
func (b backup) runs() map[string]flow.Status {
	all := map[string]flow.Status{}
	for _, it := range b.status {
		all[it.text(tables.RunID)] = flow.Status(it.text(tables.RunStatus))
	}
	return all
}

// committed returns the nodes of runs that have an outcome in the backup, as RUN/NODE.
func (b backup) committed() map[string]bool {
	all := map[string]bool{}
	for _, it := range b.context {
		node, isTask := strings.CutPrefix(it.text(tables.ItemKey), "node#")
		if isTask && flow.State(it.text(tables.State)).Committed() {
			all[task(it.text(tables.RunID), node)] = true
		}
	}
	return all
}
