package dynamo

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// item is an item as DynamoDB keeps it. Its accessors return the zero value for an
// attribute that is absent or of another type; a zero value is stored as absent,
// because guards test for absence.
type item map[string]types.AttributeValue

// items makes the items of stored things, each at its place.
type items struct{ layout }

func text(s string) *types.AttributeValueMemberS { return &types.AttributeValueMemberS{Value: s} }

func number(n int64) *types.AttributeValueMemberN {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

// numberSet returns a set of numbers, without repetitions, which DynamoDB refuses.
func numberSet(numbers []int) *types.AttributeValueMemberNS {
	var elements []string
	for _, n := range slices.Compact(slices.Sorted(slices.Values(numbers))) {
		elements = append(elements, strconv.Itoa(n))
	}
	return &types.AttributeValueMemberNS{Value: elements}
}

func millis(t time.Time) *types.AttributeValueMemberN  { return number(t.UnixMilli()) }
func seconds(t time.Time) *types.AttributeValueMemberN { return number(t.Unix()) }

func (it item) putText(name, s string) {
	if s != "" {
		it[name] = text(s)
	}
}

func (it item) putNumber(name string, n int) {
	if n != 0 {
		it[name] = number(int64(n))
	}
}

func (it item) putMillis(name string, t time.Time) {
	if !t.IsZero() {
		it[name] = millis(t)
	}
}

func (it item) putSeconds(name string, t time.Time) {
	if !t.IsZero() {
		it[name] = seconds(t)
	}
}

func (it item) putFlag(name string, on bool) {
	if on {
		it[name] = &types.AttributeValueMemberBOOL{Value: true}
	}
}

func (it item) putTexts(name string, elements []string) {
	if len(elements) > 0 {
		it[name] = &types.AttributeValueMemberSS{Value: slices.Compact(slices.Sorted(slices.Values(elements)))}
	}
}

func (it item) text(name string) string {
	s, _ := it[name].(*types.AttributeValueMemberS)
	if s == nil {
		return ""
	}
	return s.Value
}

func (it item) number(name string) int64 {
	n, _ := it[name].(*types.AttributeValueMemberN)
	if n == nil {
		return 0
	}
	i, _ := strconv.ParseInt(n.Value, 10, 64)
	return i
}

func (it item) millis(name string) time.Time {
	if it[name] == nil {
		return time.Time{}
	}
	return time.UnixMilli(it.number(name)).UTC()
}

func (it item) seconds(name string) time.Time {
	if it[name] == nil {
		return time.Time{}
	}
	return time.Unix(it.number(name), 0).UTC()
}

func (it item) texts(name string) []string {
	ss, _ := it[name].(*types.AttributeValueMemberSS)
	if ss == nil {
		return nil
	}
	return slices.Sorted(slices.Values(ss.Value))
}

func (it item) numbers(name string) (numbers []int) {
	ns, _ := it[name].(*types.AttributeValueMemberNS)
	if ns == nil {
		return nil
	}
	for _, element := range ns.Value {
		n, _ := strconv.Atoi(element)
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	return numbers
}

func (it item) flag(name string) bool {
	b, _ := it[name].(*types.AttributeValueMemberBOOL)
	return b != nil && b.Value
}

// Attribute implements [state.Attributes].
func (it item) Attribute(name string) any {
	switch v := it[name].(type) {
	case *types.AttributeValueMemberS:
		return v.Value
	case *types.AttributeValueMemberN:
		return it.number(name)
	}
	return nil
}

// itemSize returns the size in bytes that the item counts against DynamoDB's limit
// of 400 KB, or a little more.
func itemSize(it item) int {
	total := 0
	for name, value := range it {
		total += len(name) + valueSize(value)
	}
	return total
}

func valueSize(value types.AttributeValue) int {
	switch v := value.(type) {
	case *types.AttributeValueMemberS:
		return len(v.Value)
	case *types.AttributeValueMemberN:
		return len(v.Value) + 1
	case *types.AttributeValueMemberSS:
		return 3 + len(strings.Join(v.Value, "")) + len(v.Value)
	case *types.AttributeValueMemberM:
		return 3 + itemSize(v.Value) + len(v.Value)
	case *types.AttributeValueMemberL:
		total := 3
		for _, element := range v.Value {
			total += 1 + valueSize(element)
		}
		return total
	}
	return 1
}
