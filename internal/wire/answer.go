package wire

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"strconv"
)

// answer is the answer of a service.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func jsonHeader() http.Header { return http.Header{"Content-Type": {"application/x-amz-json-1.0"}} }

func (a answer) response() *http.Response {
	return &http.Response{
		StatusCode: a.status, Status: strconv.Itoa(a.status) + " " + http.StatusText(a.status),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: a.header, ContentLength: int64(len(a.body)), Body: io.NopCloser(bytes.NewReader(a.body)),
	}
}

// torn returns the first half of the answer; then the connection ends.
func (a answer) torn() *http.Response {
	response := a.response()
	response.Body = io.NopCloser(io.MultiReader(bytes.NewReader(a.body[:len(a.body)/2]), broken{}))
	return response
}

// broken is the end of a body that is shorter than announced.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// refusal returns an error as the services send it.
func refusal(status int, code, message string, more map[string]any) answer {
	fields := map[string]any{"__type": code, "message": message}
	maps.Copy(fields, more)
	return answer{status, jsonHeader(), encode(fields)}
}

func throttled(r Request) answer {
	if r.Service == SQS {
		return refusal(http.StatusBadRequest, "com.amazon.coral.availability#ThrottlingException", "Rate exceeded", nil)
	}
	return refusal(http.StatusBadRequest, "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
		"The level of configured provisioned throughput for the table was exceeded.", nil)
}

func internalError(r Request) answer {
	if r.Service == SQS {
		return refusal(http.StatusInternalServerError, "com.amazonaws.sqs#InternalFailure", "We encountered an internal error.", nil)
	}
	return refusal(http.StatusInternalServerError, "com.amazonaws.dynamodb.v20120810#InternalServerError", "Internal server error", nil)
}

// conflict says that a transaction works on the item.
func conflict() answer {
	return refusal(http.StatusBadRequest, "com.amazonaws.dynamodb.v20120810#TransactionConflictException", "Transaction is ongoing for the item", nil)
}

// encode is for values that always encode: decoded from JSON, or plain.
func encode(value any) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return text
}
