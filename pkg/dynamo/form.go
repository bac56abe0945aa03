package dynamo

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/flowcraft-go/flowcraft/pkg/dynamo/tables"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/state"
)

// form tests whether an attribute has the form in which this package writes it, and
// names that form.
type form struct {
	name string
	of   func(types.AttributeValue) bool
}

// The forms of attributes.
var (
	aText   = form{"a text", isA[*types.AttributeValueMemberS]}
	aValue  = form{"a value in JSON", isValue}
	aNumber = form{"a whole number", isNumber}
	aFlag   = form{"true or false", isA[*types.AttributeValueMemberBOOL]}
	texts   = form{"a set of texts", isA[*types.AttributeValueMemberSS]}
	numbers = form{"a set of whole numbers", areNumbers}
	aState  = form{"a state of a task", isState}
	aRef    = form{"a reference to the parts of a value", isReference}
	pageRef = form{"a reference to pages of edges", isPageReference}
	failure = form{"an error in JSON", isFailure}
)

// forms are the attributes of the items that are decoded: of a wrong one nothing must
// be guessed, least of all that it is absent.
var forms = map[string]form{
	tables.RunID: aText, tables.ItemKey: aText, tables.CoordinationKey: aText, tables.TTL: aNumber, tables.Codec: aText,

	tables.Format: aNumber, tables.RunStatus: aText, tables.BlueprintID: aText, tables.BlueprintVersion: aText,
	tables.BlueprintHash: aText, tables.InputHash: aText, tables.StartMessageID: aText, tables.StartOwner: aText,
	tables.StartLeaseUntil: aNumber, tables.Epoch: aNumber, tables.LastUpdated: aNumber, tables.Awaiting: texts,
	tables.WaitingFor: aText, tables.Rescues: aNumber, tables.EndsBy: aNumber, tables.Items: aFlag, tables.Result: aValue,
	tables.Tenant: aText, tables.StartedBy: aText, tables.CancelledBy: aText, tables.Traceparent: aText,
	tables.StartedByStated: aText, tables.CancelledByStated: aText,

	tables.State: aState, tables.Owner: aText, tables.LeaseUntil: aNumber, tables.Via: aText, tables.Starts: aNumber,
	tables.Failures: aNumber, tables.DueAt: aNumber, tables.FiredBy: aText, tables.StartedAt: aNumber,
	tables.FinishedAt: aNumber, tables.Output: aValue, tables.Action: aText, tables.Error: failure,
	tables.EdgeIndex: aNumber, edgesRef: pageRef,

	tables.WriteKey: aText, tables.Clock: aText,

	tables.Value: aValue, tables.Deleted: aFlag, tables.Body: aText,
	tables.Output + tables.RefSuffix: aRef, tables.Value + tables.RefSuffix: aRef,
	tables.Result + tables.RefSuffix: aRef, tables.Body + tables.RefSuffix: aRef,

	tables.Arrived: numbers, tables.Taken: numbers, tables.First: aText, tables.Full: numbers, tables.FullTaken: numbers,
}

func init() { // not above: a list's elements are checked by the same forms
	forms[tables.Edges] = form{"a list of edges", areEdges}
	forms[tables.Writes] = form{"a list of context writes", areWrites}
}

// wellFormed returns a [*state.DamagedError] unless every attribute that is decoded has
// its form.
func wellFormed(it item) error {
	var wrong []string
	for name, value := range it {
		if form, ok := forms[name]; ok && !form.of(value) {
			wrong = append(wrong, name)
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	first := slices.Min(wrong)
	return &state.DamagedError{Item: nameOf(it), Reason: first + " is not " + forms[first].name}
}

// nameOf names an item in an error.
func nameOf(it item) string {
	switch {
	case it.text(tables.CoordinationKey) != "":
		return it.text(tables.CoordinationKey)
	case it.text(tables.ItemKey) != "":
		return it.text(tables.ItemKey) + " of " + it.text(tables.RunID)
	}
	return "run " + it.text(tables.RunID)
}

func isA[T types.AttributeValue](value types.AttributeValue) bool {
	_, ok := value.(T)
	return ok
}

func isValue(value types.AttributeValue) bool {
	s, ok := value.(*types.AttributeValueMemberS)
	return ok && json.Valid([]byte(s.Value))
}

func isNumber(value types.AttributeValue) bool {
	n, ok := value.(*types.AttributeValueMemberN)
	return ok && isWhole(n.Value)
}

func areNumbers(value types.AttributeValue) bool {
	set, ok := value.(*types.AttributeValueMemberNS)
	return ok && !slices.ContainsFunc(set.Value, func(n string) bool { return !isWhole(n) })
}

func isWhole(text string) bool {
	_, err := strconv.ParseInt(text, 10, 64)
	return err == nil
}

func isState(value types.AttributeValue) bool {
	s, ok := value.(*types.AttributeValueMemberS)
	return ok && slices.Contains([]flow.State{flow.TaskRunning, flow.TaskRetrying, flow.TaskWaiting, flow.TaskDone, flow.TaskFailed}, flow.State(s.Value))
}

func areEdges(value types.AttributeValue) bool {
	list, ok := value.(*types.AttributeValueMemberL)
	return ok && !slices.ContainsFunc(list.Value, func(element types.AttributeValue) bool {
		edge, ok := element.(*types.AttributeValueMemberM)
		return !ok || edge.Value[tables.EdgeIndex] == nil || item(edge.Value).number(tables.EdgeIndex) < 0 || wellFormed(edge.Value) != nil
	})
}

func areWrites(value types.AttributeValue) bool {
	list, ok := value.(*types.AttributeValueMemberL)
	return ok && !slices.ContainsFunc(list.Value, func(element types.AttributeValue) bool {
		write, ok := element.(*types.AttributeValueMemberM)
		return !ok || write.Value[tables.WriteKey] == nil || wellFormed(write.Value) != nil
	})
}

func isReference(value types.AttributeValue) bool {
	ref, ok := value.(*types.AttributeValueMemberM)
	return ok && item(ref.Value).text(tables.RefSHA256) != "" && item(ref.Value).number(tables.RefParts) > 0 &&
		item(ref.Value).number(tables.RefBytes) >= item(ref.Value).number(tables.RefParts)
}

func isPageReference(value types.AttributeValue) bool {
	ref, ok := value.(*types.AttributeValueMemberM)
	return ok && item(ref.Value).text(tables.RefSHA256) != "" && areNumbers(ref.Value[tables.RefPages])
}

func isFailure(value types.AttributeValue) bool {
	s, ok := value.(*types.AttributeValueMemberS)
	return ok && json.Unmarshal([]byte(s.Value), new(flow.Failure)) == nil
}
