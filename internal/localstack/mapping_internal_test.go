package localstack

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"
)

func TestHandled(t *testing.T) {
	t.Parallel()
	batch := []types.Message{{MessageId: new("a")}, {MessageId: new("b")}, {MessageId: new("c")}}
	all, none := []string{"a", "b", "c"}, []string(nil)
	for name, c := range map[string]struct {
		response string
		want     []string
		fails    bool
	}{
		"empty":                   {"", all, false},
		"null":                    {"null", all, false},
		"empty_object":            {"{}", all, false},
		"other_keys":              {`{"ok":true}`, all, false},
		"null_list":               {`{"batchItemFailures":null}`, all, false},
		"empty_list":              {`{"batchItemFailures":[]}`, all, false},
		"names_are_exact":         {`{"BatchItemFailures":[{"itemIdentifier":"b"}]}`, all, false},
		"one_failed":              {`{"batchItemFailures":[{"itemIdentifier":"b"}]}`, []string{"a", "c"}, false},
		"named_twice":             {`{"batchItemFailures":[{"itemIdentifier":"b"},{"itemIdentifier":"b"}]}`, []string{"a", "c"}, false},
		"all_failed":              {`{"batchItemFailures":[{"itemIdentifier":"a"},{"itemIdentifier":"b"},{"itemIdentifier":"c"}]}`, none, false},
		"not_json":                {`done`, none, true},
		"a_text":                  {`"done"`, none, true},
		"a_list":                  {`[]`, none, true},
		"failures_are_no_list":    {`{"batchItemFailures":{}}`, none, true},
		"unknown_message":         {`{"batchItemFailures":[{"itemIdentifier":"b"},{"itemIdentifier":"x"}]}`, none, true},
		"empty_identifier":        {`{"batchItemFailures":[{"itemIdentifier":""}]}`, none, true},
		"null_identifier":         {`{"batchItemFailures":[{"itemIdentifier":null}]}`, none, true},
		"identifier_is_no_text":   {`{"batchItemFailures":[{"itemIdentifier":5}]}`, none, true},
		"wrong_name_of_identifer": {`{"batchItemFailures":[{"ItemIdentifier":"b"}]}`, none, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			done, err := handled(batch, []byte(c.response))
			var got []string
			for _, message := range done {
				got = append(got, *message.MessageId)
			}
			if diff := cmp.Diff(c.want, got); diff != "" || (err != nil) != c.fails {
				t.Errorf("error %v, want one: %v; handled (-want +got)\n%s", err, c.fails, diff)
			}
		})
	}
}

// Two copies of one message may be in a batch, each with a receipt of its own. The
// function answers by id, so that the failure of either keeps both.
func TestHandledOfCopies(t *testing.T) {
	t.Parallel()
	batch := []types.Message{
		{MessageId: new("a"), ReceiptHandle: new("a1")}, {MessageId: new("b"), ReceiptHandle: new("b1")}, {MessageId: new("a"), ReceiptHandle: new("a2")},
	}
	for name, c := range map[string]struct {
		response string
		want     []string
	}{
		"all_done":         {`{}`, []string{"a1", "b1", "a2"}},
		"one_copy_failed":  {`{"batchItemFailures":[{"itemIdentifier":"a"}]}`, []string{"b1"}},
		"both_named":       {`{"batchItemFailures":[{"itemIdentifier":"a"},{"itemIdentifier":"a"}]}`, []string{"b1"}},
		"neighbour_failed": {`{"batchItemFailures":[{"itemIdentifier":"b"}]}`, []string{"a1", "a2"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			done, err := handled(batch, []byte(c.response))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, message := range done {
				got = append(got, *message.ReceiptHandle)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("handled (-want +got)\n%s", diff)
			}
		})
	}
}
