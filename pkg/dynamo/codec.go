package dynamo

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
)

// Every user value (input, output, context key, edge, result) is written to an item
// by putValue and read by value. A codec that compresses or encrypts belongs here,
// and names itself in the item. This version has none.

// putValue puts a value's JSON into the item. DynamoDB's text is UTF-8: any other
// byte would be read as the replacement character anyway.
func (it item) putValue(name string, json []byte) {
	if len(json) > 0 {
		it[name] = text(strings.ToValidUTF8(string(json), "\uFFFD"))
	}
}

// value returns a value's JSON; nil if there is none.
func (it item) value(name string) []byte {
	s, _ := it[name].(*types.AttributeValueMemberS)
	if s == nil {
		return nil
	}
	return []byte(s.Value)
}

// decodable returns an error for a codec that this version does not have.
func decodable(it item) error {
	if codec := it.text(tables.Codec); codec != "" {
		return fmt.Errorf("its values are written with the codec %q, which this version does not have: deploy a newer one", codec)
	}
	return nil
}
