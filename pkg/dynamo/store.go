package dynamo

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/flowcraft-go/flowcraft/internal/describe"
	"github.com/flowcraft-go/flowcraft/internal/pause"
	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// API lists the methods of the SDK's client that this package uses.
type API interface {
	BatchGetItem(context.Context, *dynamodb.BatchGetItemInput, ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error)
	PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
	UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
	DeleteItem(context.Context, *dynamodb.DeleteItemInput, ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error)
	Query(context.Context, *dynamodb.QueryInput, ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error)
}

// Names are the names of the three tables.
type Names = tables.Names

// Config holds the clock, the randomness and the waiting of a store. The zero value
// is the default.
type Config struct {
	// Now is the clock by which items expire for readers, and locks and counters of
	// a [CoordinationStore] expire. Defaults to time.Now.
	Now func() time.Time
	// Jitter returns a random number from [0, 1). Defaults to math/rand/v2.Float64.
	Jitter func() float64
	// Sleep waits before a refused request is made again, and returns early with
	// the cause of the context's end. Defaults to a timer.
	Sleep func(context.Context, time.Duration) error
}

// String is the fields that are set.
func (c Config) String() string { return describe.Fields(c) }

func (c Config) withDefaults() Config {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Jitter == nil {
		c.Jitter = rand.Float64
	}
	if c.Sleep == nil {
		c.Sleep = pause.For
	}
	return c
}

// Store keeps runs in DynamoDB. It implements [state.Store], [state.Directory] and
// [state.Sweep], passes suites.TestStore, and is safe for concurrent use. All reads
// are consistent except those of a sweep, which reads indexes.
//
// An error is [state.ErrConflict], [flow.ErrNotFound] or the SDK's own, wrapped
// with the operation, the run and the node; it never holds a payload.
type Store struct{ writer }

// writer makes a store's conditional writes.
type writer struct {
	requests *requests
	items    items
	values   *largeValues
}

// String names the tables.
func (s *Store) String() string { return "store " + describe.Fields(s.items.layout.names) }

var (
	_ state.Store     = (*Store)(nil)
	_ state.Directory = (*Store)(nil)
	_ state.Sweep     = (*Store)(nil)
)

// New returns a store on the tables, which [tables] describes.
func New(api API, names Names, config Config) *Store {
	r := &requests{api: api, config: config.withDefaults()}
	l := items{layout{names}}
	return &Store{writer{r, l, &largeValues{requests: r, items: l, turns: make(chan struct{}, maxWriters)}}}
}
