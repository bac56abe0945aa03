// Package tables is the only description of the three DynamoDB tables: deployments,
// the local stack, dynamo.CreateTables and the store all take their names from here.
// It is plain data.
package tables

// Names are the tables' names, chosen by a deployment.
type Names struct {
	Context      string
	Status       string
	Coordination string
}

// Type is the type of a key attribute, as DynamoDB writes it.
type Type string

// The types of key attributes.
const (
	String Type = "S"
	Number Type = "N"
)

// Key is a key attribute.
type Key struct {
	Name string
	Type Type
}

// Table is the schema of one table. All tables are billed on demand and expire
// items by the attribute [TTL].
type Table struct {
	Hash    Key
	Range   *Key // nil: the hash key alone
	Indexes []Index
}

// Index is a global secondary index. It holds the items that have both its keys.
type Index struct {
	Name    string
	Hash    Key
	Range   Key
	All     bool     // whole items are projected, else the keys and Include
	Include []string // attributes that are projected beside the keys
}

// The names of the indexes.
const (
	ActiveIndex    = "active"    // of the status table: runs the reconciler must examine, by shard
	ListIndex      = "list"      // of the status table: the runs of a blueprint by their start, by shard
	AttentionIndex = "attention" // of the status table: the runs that a person should see, by kind and shard
	DueIndex       = "due"       // of the coordination table: timers by their due time, by shard
)

// Index returns the table's index with that name; the zero Index if it has none.
func (t Table) Index(name string) Index {
	for _, index := range t.Indexes {
		if index.Name == name {
			return index
		}
	}
	return Index{}
}

// Context returns the schema of the table of inputs, context keys, task records
// and large values.
func Context() Table {
	return Table{Hash: Key{RunID, String}, Range: &Key{ItemKey, String}}
}

// listed are the attributes of a run that lists show. A deployed index's projection
// cannot be altered, so it names attributes that later versions fill.
var listed = []string{
	RunStatus, FinishedAt, BlueprintID, BlueprintHash, BlueprintVersion, Tenant, Parent, Redrives,
	ErrorCode, ErrorNode, Waits, WaitCount, TTL,
}

// Status returns the schema of the table of runs.
func Status() Table {
	return Table{
		Hash: Key{RunID, String},
		Indexes: []Index{
			{
				Name: ActiveIndex, Hash: Key{Active, String}, Range: Key{LastUpdated, Number},
				Include: []string{Rescues, TTL},
			},
			{
				Name: ListIndex, Hash: Key{List, String}, Range: Key{StartedAt, Number},
				Include: listed,
			},
			{
				Name: AttentionIndex, Hash: Key{Attention, String}, Range: Key{Since, Number},
				Include: append([]string{StartedAt}, listed...),
			},
		},
	}
}

// Coordination returns the schema of the table of joins, timers, locks and counters.
func Coordination() Table {
	return Table{
		Hash: Key{CoordinationKey, String},
		Indexes: []Index{
			{Name: DueIndex, Hash: Key{DueShard, String}, Range: Key{DueAt, Number}, All: true},
		},
	}
}
