package dynamo

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
)

// resolve completes items: it reads the needed edges of records, and the parts of all
// values that the items refer to, and puts them into the items. If the values are too
// large together, no part is read, and the items have no values: [reading.check] says so.
func (v *largeValues) resolve(ctx context.Context, r *reading, items ...item) error {
	for _, it := range items {
		if err := checked(it); err != nil {
			return err
		}
	}
	if err := v.readPages(ctx, r, items); err != nil {
		return err
	}
	for _, it := range items {
		if r.empty() {
			strip(it)
		} else {
			r.dropUnneeded(it)
		}
	}
	return v.readParts(ctx, items)
}

// checked returns an error for an item that this version cannot read.
func checked(it item) error {
	if err := decodable(it); err != nil {
		return fmt.Errorf("%s of %s: %w", it.text(tables.ItemKey), it.text(tables.RunID), err)
	}
	return wellFormed(it)
}

// groupBytes limits the parts that are in memory beside the values made of them.
const groupBytes = 10 << 20

// readParts reads the parts of large values, a group of values after the other.
func (v *largeValues) readParts(ctx context.Context, items []item) error {
	wholes := map[place]string{} // by first part: equal values of a run are the same
	var group []reference
	bytes := 0
	for _, it := range items {
		for _, r := range references(it) {
			if bytes+r.bytes > groupBytes && len(group) > 0 {
				if err := v.readGroup(ctx, group, wholes); err != nil {
					return err
				}
				group, bytes = nil, 0
			}
			group, bytes = append(group, r), bytes+r.bytes
		}
	}
	return v.readGroup(ctx, group, wholes)
}

// readGroup puts the values of references into their holders.
func (v *largeValues) readGroup(ctx context.Context, group []reference, wholes map[place]string) error {
	var places []place
	for _, r := range group {
		first := v.firstPlace(r)
		if whole, known := v.recent.get(first); known {
			wholes[first] = whole
		}
		if _, known := wholes[first]; !known {
			places = append(places, v.places(r)...)
		}
	}
	parts, err := v.requests.get(ctx, places)
	if err != nil {
		return fmt.Errorf("read large values: %w", err)
	}
	for _, r := range group {
		first := v.firstPlace(r)
		if _, known := wholes[first]; !known {
			if wholes[first], err = v.assemble(r, parts); err != nil {
				return err
			}
			v.recent.add(first, wholes[first])
		}
		delete(r.holder, r.name+tables.RefSuffix)
		r.holder[r.name] = text(wholes[first])
	}
	return nil
}

// reference is a value that its item only names.
type reference struct {
	owner  string
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
				owner: owner(it), holder: holder, name: name, hash: ref.text(tables.RefSHA256),
				parts: int(ref.number(tables.RefParts)), bytes: int(ref.number(tables.RefBytes)),
			})
		}
	}
	return found
}

// firstPlace is the place of the first part.
func (v *largeValues) firstPlace(r reference) place { return v.items.part(r.owner, r.hash, 0) }

func (v *largeValues) places(r reference) []place {
	places := make([]place, r.parts)
	for n := range r.parts {
		places[n] = v.items.part(r.owner, r.hash, n)
	}
	return places
}

func (v *largeValues) assemble(r reference, parts map[place]item) (string, error) {
	var whole strings.Builder
	whole.Grow(r.bytes)
	for n, p := range v.places(r) {
		found, ok := parts[p]
		if !ok {
			return "", fmt.Errorf("%s of %s: part %d of %d is missing; it may have outlived its ttl", r.name, p.partition, n, r.parts)
		}
		whole.WriteString(found.text(tables.Part))
		v.written.add(part{place: p, ttl: found[tables.TTL]})
	}
	if hashOfText(whole.String()) != r.hash {
		return "", fmt.Errorf("%s, whose parts have the hash %s: they differ from the written value, so they were changed by hand", r.name, r.hash)
	}
	return whole.String(), nil
}
