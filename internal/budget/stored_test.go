package budget

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
)

// itemOverhead is added by DynamoDB to the size of each item, and of each entry of an
// index, that it bills.
const itemOverhead = 100

// storedBytes returns the size of all items that runs have left behind, with their
// entries in indexes, as DynamoDB bills them. Versions of blueprints are not of a run.
func storedBytes(t *testing.T, db *dynamodb.Client) (bytes int) {
	t.Helper()
	for name, table := range map[string]tables.Table{
		names.Context: tables.Context(), names.Status: tables.Status(), names.Coordination: tables.Coordination(),
	} {
		for pages := dynamodb.NewScanPaginator(db, &dynamodb.ScanInput{TableName: &name}); pages.HasMorePages(); {
			page, err := pages.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, it := range page.Items {
				if id, ok := it[tables.RunID].(*types.AttributeValueMemberS); ok && strings.HasPrefix(id.Value, "blueprint@") {
					continue
				}
				bytes += itemOverhead + sizeOf(it, nil)
				for _, index := range table.Indexes {
					bytes += entrySize(it, table, index)
				}
			}
		}
	}
	return bytes
}

// entrySize returns the size of an item's entry in an index, 0 if it has none.
func entrySize(it map[string]types.AttributeValue, table tables.Table, index tables.Index) int {
	if it[index.Hash.Name] == nil || it[index.Range.Name] == nil {
		return 0
	}
	if index.All {
		return itemOverhead + sizeOf(it, nil)
	}
	projected := append([]string{index.Hash.Name, index.Range.Name, table.Hash.Name}, index.Include...)
	return itemOverhead + sizeOf(it, projected)
}

// sizeOf returns the size of the named attributes of an item, or of all.
func sizeOf(it map[string]types.AttributeValue, attributes []string) (bytes int) {
	for name, value := range it {
		if attributes == nil || slices.Contains(attributes, name) {
			bytes += len(name) + valueSize(value)
		}
	}
	return bytes
}

func valueSize(value types.AttributeValue) int {
	switch v := value.(type) {
	case *types.AttributeValueMemberS:
		return len(v.Value)
	case *types.AttributeValueMemberN:
		return len(v.Value)/2 + 1
	case *types.AttributeValueMemberB:
		return len(v.Value)
	case *types.AttributeValueMemberNS:
		bytes := 3
		for _, n := range v.Value {
			bytes += len(n)/2 + 1
		}
		return bytes
	case *types.AttributeValueMemberL:
		bytes := 3
		for _, element := range v.Value {
			bytes += 1 + valueSize(element)
		}
		return bytes
	case *types.AttributeValueMemberM:
		return 3 + len(v.Value) + sizeOf(v.Value, nil)
	default:
		return 1
	}
}
