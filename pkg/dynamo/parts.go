package dynamo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// Large values are kept in parts, as items of their own whose keys are the hash of
// the whole. Parts are written before the item that names them, and every writer of
// a key writes the same text, so no part named by a committed item can change.
const (
	partSize = 350 << 10 // bytes of one part; DynamoDB's limit is 400 KB an item
	maxItem  = 300 << 10 // above this an item moves its largest value into parts
	minValue = 1 << 10   // a smaller value is hardly larger than its reference

	// Values above these are always kept in parts.
	inWrite = 64 << 10 // of context keys, which are also in their writer's record
	inInput = 64 << 10
	inRun   = 100 << 10
	inItem  = math.MaxInt // only if maxItem asks for it
)

// valueNames are the attributes that may be large.
var valueNames = []string{tables.Output, tables.Value, tables.Result, tables.Body}

// part is an item that is written before the one that names it: a part of a large
// value, or a page of edges.
type part struct {
	place place
	item  item                 // except for its key and its ttl
	ttl   types.AttributeValue // nil: none
}

// holders returns the maps that hold values: the item, its edges and its context writes.
func holders(it item) []item { return slices.Concat([]item{it}, edgeItems(it), writeItems(it)) }

// spill moves every value above limit out of the item, and then the largest ones
// until the item is small enough. It returns the parts, to be written first.
func (l items) spill(it item, limit int) []part {
	var parts []part
	for {
		holder, name := largest(it)
		size := len(holder.text(name))
		if size <= limit && (itemSize(it) <= maxItem || size < minValue) {
			return parts
		}
		parts = append(parts, l.moveOut(it, holder, name)...)
	}
}

func largest(it item) (holder item, name string) {
	for _, h := range holders(it) {
		for _, n := range valueNames {
			if len(h.text(n)) > len(holder.text(name)) {
				holder, name = h, n
			}
		}
	}
	return holder, name
}

func (l items) moveOut(it, holder item, name string) []part {
	whole := holder.text(name)
	hash := hashOfText(whole)
	var parts []part
	for n, chunk := range split(whole) {
		parts = append(parts, part{l.part(owner(it), hash, n), item{tables.Part: text(chunk)}, partTTL(it)})
	}
	delete(holder, name)
	holder[name+tables.RefSuffix] = &types.AttributeValueMemberM{Value: item{
		tables.RefSHA256: text(hash),
		tables.RefParts:  number(int64(len(parts))),
		tables.RefBytes:  number(int64(len(whole))),
	}}
	return parts
}

// hashOfText returns the hash under which a large value is kept.
func hashOfText(whole string) string {
	hash := sha256.New()
	for block := make([]byte, 32<<10); whole != ""; { // a copy of the whole would be as large
		n := copy(block, whole)
		hash.Write(block[:n])
		whole = whole[n:]
	}
	return hex.EncodeToString(hash.Sum(nil))
}

// owner returns the run, or the blueprint, to which an item belongs.
func owner(it item) string {
	run, _, _ := strings.Cut(it.text(tables.RunID), partitionDivider)
	return run
}

// partTTL returns the ttl of a run's own item, which outlives its records: the
// output of a task may also be the result of its run.
func partTTL(it item) types.AttributeValue {
	ttl := it[tables.TTL]
	if ttl == nil || it[tables.ItemKey] == nil {
		return ttl
	}
	return seconds(it.seconds(tables.TTL).Add(state.RunOutlives))
}

// split cuts between characters, so that every part is valid text.
func split(whole string) []string {
	var parts []string
	for len(whole) > partSize {
		end := partSize
		for !utf8.RuneStart(whole[end]) {
			end--
		}
		parts, whole = append(parts, whole[:end]), whole[end:]
	}
	return append(parts, whole)
}

// largeValues writes and reads the parts of large values.
type largeValues struct {
	requests *requests
	items    items
	written  writtenParts
	recent   recentValues
	turns    chan struct{} // of the writers of parts
}

// write writes parts in parallel, except for those that this store knows to exist:
// a retry continues at the part that failed, and a value that is passed on is not
// written again.
//
// Key: context/(RUN~SHA256#n, part), or with the key edges. Condition:
// [state.GuardOutlives], if the part expires; the key determines the content. Effect: the
// part, and its ttl, which is the same for all of a run. Conflict: it is there, for at
// least as long, as of another start with this run id.
func (v *largeValues) write(ctx context.Context, parts []part) error {
	errs := make([]error, len(parts))
	var writers sync.WaitGroup
	for i, p := range parts {
		if v.written.has(p) {
			continue
		}
		select {
		case v.turns <- struct{}{}:
		case <-ctx.Done():
			errs[i] = context.Cause(ctx)
			continue
		}
		writers.Go(func() {
			defer func() { <-v.turns }()
			errs[i] = v.writeOne(ctx, p)
		})
	}
	writers.Wait()
	return errors.Join(errs...)
}

// maxWriters is the number of parts that a store writes in parallel: each takes several
// times its size until it is sent.
const maxWriters = 16

func (v *largeValues) writeOne(ctx context.Context, p part) error {
	var u update
	for name, value := range p.item {
		u.set(name, value)
	}
	var guard state.Guard
	if p.ttl != nil {
		u.set(tables.TTL, p.ttl)
		guard = state.GuardOutlives(item{tables.TTL: p.ttl}.seconds(tables.TTL))
	}
	if _, err := v.requests.update(ctx, p.place, guard, u, types.ReturnValueNone); err != nil && !errors.Is(err, state.ErrConflict) {
		return fmt.Errorf("write %s: %w", p.place.partition, err)
	}
	v.written.add(p)
	return nil
}

// put writes one item, its large values before it.
func (v *largeValues) put(ctx context.Context, table string, it item, limit int, guard state.Guard) error {
	if err := v.write(ctx, v.items.spill(it, limit)); err != nil {
		return err
	}
	return v.requests.put(ctx, table, it, guard)
}

// task returns the record of an item, with its large values; the zero record if
// there is no item.
func (v *largeValues) task(ctx context.Context, it item) (state.TaskRecord, error) {
	if it == nil {
		return state.TaskRecord{}, nil
	}
	if err := v.resolve(ctx, &reading{}, it); err != nil {
		return state.TaskRecord{}, err
	}
	return taskOf(it)
}

// judge returns the answer to a write of a record that failed: with a conflict the
// stored record, which is success if mine reports true.
func (v *largeValues) judge(ctx context.Context, err error, mine func(state.TaskRecord) bool) (state.TaskRecord, error) {
	conflict, ok := errors.AsType[*conflictError](err)
	if !ok {
		return state.TaskRecord{}, err
	}
	stored, resolveErr := v.task(ctx, conflict.stored)
	if resolveErr != nil {
		return state.TaskRecord{}, resolveErr
	}
	if mine(stored) {
		return stored, nil
	}
	return stored, err
}

// writtenParts remembers the parts in the table, with the times until which they
// stay: a run id may be used again.
type writtenParts struct {
	mu    sync.Mutex
	until map[place]time.Time
}

// maxWritten limits the number of parts remembered.
const maxWritten = 4096

func (w *writtenParts) add(p part) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.until == nil || len(w.until) >= maxWritten {
		w.until = map[place]time.Time{}
	}
	w.until[p.place] = item{tables.TTL: p.ttl}.seconds(tables.TTL)
}

// has reports whether the part is in the table for at least as long as p would be.
func (w *writtenParts) has(p part) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	until, ok := w.until[p.place]
	return ok && !until.Before(item{tables.TTL: p.ttl}.seconds(tables.TTL))
}
