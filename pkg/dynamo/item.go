package dynamo

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// item is an item as DynamoDB keeps it. Its accessors give the zero value for
// what is absent or of another type; what is zero is stored as absent, because
// a guard asks for absence.
type item map[string]types.AttributeValue

func text(s string) *types.AttributeValueMemberS { return &types.AttributeValueMemberS{Value: s} }

func number(n int64) *types.AttributeValueMemberN {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

// set is a string set. DynamoDB refuses an element given twice.
func set(elements []string) *types.AttributeValueMemberSS {
	return &types.AttributeValueMemberSS{Value: slices.Compact(slices.Sorted(slices.Values(elements)))}
}

// validText is JSON as it is stored: DynamoDB's text is UTF-8, and what is not
// would be read as the replacement character anyway.
func validText(json []byte) *types.AttributeValueMemberS {
	return text(strings.ToValidUTF8(string(json), "\uFFFD"))
}

func millis(t time.Time) *types.AttributeValueMemberN  { return number(t.UnixMilli()) }
func seconds(t time.Time) *types.AttributeValueMemberN { return number(t.Unix()) }

func (it item) putText(name, s string) {
	if s != "" {
		it[name] = text(s)
	}
}

func (it item) putJSON(name string, json []byte) {
	if len(json) > 0 {
		it[name] = validText(json)
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

func (it item) putSet(name string, elements []string) {
	if len(elements) > 0 {
		it[name] = set(elements)
	}
}

func (it item) text(name string) string {
	s, _ := it[name].(*types.AttributeValueMemberS)
	if s == nil {
		return ""
	}
	return s.Value
}

func (it item) json(name string) []byte {
	s, _ := it[name].(*types.AttributeValueMemberS)
	if s == nil {
		return nil
	}
	return []byte(s.Value)
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

func (it item) set(name string) []string {
	ss, _ := it[name].(*types.AttributeValueMemberSS)
	if ss == nil {
		return nil
	}
	return slices.Sorted(slices.Values(ss.Value))
}

func (it item) flag(name string) bool {
	b, _ := it[name].(*types.AttributeValueMemberBOOL)
	return b != nil && b.Value
}

// size is what the item counts against DynamoDB's limit of 400 KB, or a little more.
func (it item) size() int {
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
		return 3 + item(v.Value).size() + len(v.Value)
	case *types.AttributeValueMemberL:
		total := 3
		for _, element := range v.Value {
			total += 1 + valueSize(element)
		}
		return total
	}
	return 1
}
