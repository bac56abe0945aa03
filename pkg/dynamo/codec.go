package dynamo

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
)

// Every value of a user (input, output, context key, edge, result) enters an
// item by putValue and leaves it by value: a codec that compresses or encrypts
// belongs here, and names itself in the item. This version has none.

// putValue puts a value's JSON into the item. DynamoDB's text is UTF-8: any
// other byte would be read as the replacement character anyway.
func (it item) putValue(name string, json []byte) {
	if len(json) > 0 {
		it[name] = text(strings.ToValidUTF8(string(json), "\uFFFD"))
	}
}

// value is a value's JSON; nil if there is none.
func (it item) value(name string) []byte {
	s, _ := it[name].(*types.AttributeValueMemberS)
	if s == nil {
		return nil
	}
	return []byte(s.Value)
}

// decodable reports, as an error, a codec that this version does not have.
func decodable(it item) error {
	if codec := it.text(tables.Codec); codec != "" {
		return fmt.Errorf("its values are written with the codec %q, which this version does not have: deploy a newer one", codec)
	}
	return nil
}
