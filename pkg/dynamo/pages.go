package dynamo

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
)

// A node that leads to thousands has thousands of taken edges, and each of its
// successors reads its record. Many edges are therefore kept in pages, as items of
// their own, written before the record: a successor reads the page with its edge,
// and the cost of a branch does not depend on the number of edges.
const (
	manyEdges = 50  // a record with more has pages
	pageEdges = 100 // the page of an edge is its number divided by this
)

// edgesRef replaces the edges of a record that are kept in pages.
const edgesRef = tables.Edges + tables.RefSuffix

// turnPages moves many edges out of a record, into pages whose keys are the hash of
// all edges. It returns the pages, and the parts of large values on them, to be
// written first.
func (l items) turnPages(it item) []part {
	edges := edgeItems(it)
	if len(edges) <= manyEdges {
		return nil
	}
	hash := hashOf(edges)
	pages := map[int][]item{}
	for _, edge := range edges {
		n := int(edge.number(tables.EdgeIndex)) / pageEdges
		pages[n] = append(pages[n], edge)
	}
	var parts []part
	var numbers []int
	for n, its := range pages {
		p := l.page(owner(it), hash, n)
		page := p.item()
		page[tables.Edges] = itemList(its)
		if ttl := it[tables.TTL]; ttl != nil {
			page[tables.TTL] = ttl
		}
		parts = append(parts, l.spill(page, inItem)...)
		parts = append(parts, part{p, item{tables.Edges: page[tables.Edges]}, partTTL(it)})
		numbers = append(numbers, n)
	}
	delete(it, tables.Edges)
	it[edgesRef] = &types.AttributeValueMemberM{Value: item{tables.RefSHA256: text(hash), tables.RefPages: numberSet(numbers)}}
	return parts
}

// hashOf returns the hash of the full content of edges.
func hashOf(edges []item) string {
	sum := sha256.New()
	for _, edge := range edges {
		fmt.Fprintf(sum, "%d %d %s\n", edge.number(tables.EdgeIndex), len(edge.text(tables.Value)), edge.text(tables.Value))
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// readPages puts the needed edges (nil: all) back into the records that have pages.
// A record with unread pages keeps its reference.
func (v *largeValues) readPages(ctx context.Context, r *reading, records []item) error {
	wanted := make([][]place, len(records))
	for i, it := range records {
		wanted[i] = v.pagesOf(it, r.needed)
	}
	pages := slices.Concat(wanted...)
	if len(pages) == 0 {
		return nil
	}
	found, err := v.requests.getEach(ctx, pages, r)
	if err != nil {
		return fmt.Errorf("read edges: %w", err)
	}
	for i, it := range records {
		if err := attach(it, wanted[i], found); err != nil {
			return err
		}
	}
	return nil
}

// pagesOf returns the pages of a record on which the needed edges may be.
func (v *largeValues) pagesOf(it item, needed []int) (places []place) {
	ref, ok := it[edgesRef].(*types.AttributeValueMemberM)
	if !ok {
		return nil
	}
	for _, n := range item(ref.Value).numbers(tables.RefPages) {
		if needed == nil || slices.ContainsFunc(needed, func(edge int) bool { return edge/pageEdges == n }) {
			places = append(places, v.items.page(owner(it), item(ref.Value).text(tables.RefSHA256), n))
		}
	}
	return places
}

// attach puts the edges of pages into their record.
func attach(it item, wanted []place, pages map[place]item) error {
	if len(wanted) == 0 {
		return nil
	}
	var edges []item
	for _, p := range wanted {
		page, ok := pages[p]
		if !ok {
			return fmt.Errorf("the edges of %s of %s: %s is missing; it may have outlived its ttl", it.text(tables.ItemKey), it.text(tables.RunID), p.partition)
		}
		if err := wellFormed(page); err != nil {
			return err
		}
		edges = append(edges, edgeItems(page)...)
	}
	slices.SortFunc(edges, func(a, b item) int { return cmp.Compare(a.number(tables.EdgeIndex), b.number(tables.EdgeIndex)) })
	it[tables.Edges] = itemList(edges)
	if ref := it[edgesRef].(*types.AttributeValueMemberM); len(wanted) == len(item(ref.Value).numbers(tables.RefPages)) {
		delete(it, edgesRef)
	}
	return nil
}
