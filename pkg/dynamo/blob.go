package dynamo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// Large values are kept in parts, as items of their own whose keys are the
// hash of the whole: parts are written before the item that names them, and
// whoever writes the same key writes the same text, so nothing that a
// committed item names can change.
const (
	partSize = 350 << 10 // bytes of one part; DynamoDB's limit is 400 KB an item
	itemSize = 300 << 10 // above this an item gives its largest value away
	minValue = 1 << 10   // a smaller value takes hardly more room than its reference

	// Values above these are always kept in parts.
	inTransaction = 64 << 10 // 51 items must stay below the 4 MB of a transaction
	inRun         = 100 << 10
	inItem        = math.MaxInt // only what itemSize asks for
)

// valueNames are the attributes that may be large.
var valueNames = []string{tables.Output, tables.Value, tables.Result, tables.Body, tables.Edges}

// holders are the maps in which values stand: the item and its edges.
func holders(it item) []item { return append([]item{it}, edgeItems(it)...) }

// spill moves every value above limit out of the item, and then the largest
// ones until the item is small enough. It returns the parts, to be written first.
func spill(it item, limit int) []item {
	var parts []item
	for {
		holder, name := largest(it)
		size := len(holder.text(name))
		if size <= limit && (it.size() <= itemSize || size < minValue) {
			return parts
		}
		parts = append(parts, moveOut(it, holder, name)...)
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

func moveOut(it, holder item, name string) []item {
	whole := holder.text(name)
	sum := sha256.Sum256([]byte(whole))
	hash := hex.EncodeToString(sum[:])
	var parts []item
	for n, part := range split(whole) {
		p := item{
			tables.RunID:   it[tables.RunID],
			tables.ItemKey: text(blobKey(hash, n)),
			tables.Part:    text(part),
		}
		if ttl := it[tables.TTL]; ttl != nil {
			p[tables.TTL] = ttl
		}
		parts = append(parts, p)
	}
	delete(holder, name)
	holder[name+tables.RefSuffix] = &types.AttributeValueMemberM{Value: item{
		tables.RefSHA256: text(hash),
		tables.RefParts:  number(int64(len(parts))),
		tables.RefBytes:  number(int64(len(whole))),
	}}
	return parts
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

// putParts writes parts of large values.
//
// Key: context/(run, blob#SHA256#n). No condition: the key says what is
// written. Effect: the part; its ttl is that of who wrote it first, because the
// output of a task, which may be the result of its run too, outlives the run.
func (s *Store) putParts(ctx context.Context, parts []item) error {
	for _, part := range parts {
		var u update
		u.set(tables.Part, part[tables.Part])
		if ttl := part[tables.TTL]; ttl != nil {
			u.keep(tables.TTL, ttl)
		}
		place := s.placeOf(s.names.Context, part)
		if _, err := s.update(ctx, place, state.Guard{}, u, types.ReturnValueNone); err != nil {
			return fmt.Errorf("write %s: %w", place.key, err)
		}
	}
	return nil
}

// resolve reads the parts of all values that the items refer to and puts the
// values in their places.
func (s *Store) resolve(ctx context.Context, items ...item) error {
	var places []place
	for _, it := range items {
		for _, r := range references(it) {
			places = append(places, s.partPlaces(it, r)...)
		}
	}
	if len(places) == 0 {
		return nil
	}
	parts, err := s.get(ctx, places)
	if err != nil {
		return fmt.Errorf("read large values: %w", err)
	}
	for _, it := range items {
		for _, r := range references(it) {
			whole, err := s.assemble(it, r, parts)
			if err != nil {
				return err
			}
			delete(r.holder, r.name+tables.RefSuffix)
			r.holder[r.name] = text(whole)
		}
	}
	return nil
}

// reference is a value that its item only names.
type reference struct {
	holder item
	name   string
	hash   string
	parts  int
	bytes  int
}

func references(it item) []reference {
	var found []reference
	for _, holder := range holders(it) {
		for _, name := range valueNames {
			m, ok := holder[name+tables.RefSuffix].(*types.AttributeValueMemberM)
			if !ok {
				continue
			}
			ref := item(m.Value)
			found = append(found, reference{
				holder: holder, name: name, hash: ref.text(tables.RefSHA256),
				parts: int(ref.number(tables.RefParts)), bytes: int(ref.number(tables.RefBytes)),
			})
		}
	}
	return found
}

func (s *Store) partPlaces(it item, r reference) []place {
	places := make([]place, r.parts)
	for n := range r.parts {
		places[n] = s.contextPlace(it.text(tables.RunID), blobKey(r.hash, n))
	}
	return places
}

func (s *Store) assemble(it item, r reference, parts map[place]item) (string, error) {
	var whole strings.Builder
	for n, p := range s.partPlaces(it, r) {
		part, ok := parts[p]
		if !ok {
			return "", fmt.Errorf("%s of %s: part %d of %d is missing; it may have outlived its ttl", r.name, p.key, n, r.parts)
		}
		whole.WriteString(part.text(tables.Part))
	}
	sum := sha256.Sum256([]byte(whole.String()))
	if hex.EncodeToString(sum[:]) != r.hash {
		return "", fmt.Errorf("%s of blob %s: the parts are not what was written; somebody changed them", r.name, r.hash)
	}
	return whole.String(), nil
}
