package dynamo

import (
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// withReasons adds to a throttle the limit that was reached and the table or index whose
// limit it is. The SDK's text has neither.
func withReasons(err error) error {
	var reasons []string
	for _, reason := range throttlingReasons(err) {
		reasons = append(reasons, fmt.Sprintf("%s of %s", aws.ToString(reason.Reason), aws.ToString(reason.Resource)))
	}
	if len(reasons) == 0 {
		return err
	}
	return fmt.Errorf("%w: throttled by %s", err, strings.Join(reasons, ", "))
}

func throttlingReasons(err error) []types.ThrottlingReason {
	if e, ok := errors.AsType[*types.ProvisionedThroughputExceededException](err); ok {
		return e.ThrottlingReasons
	}
	if e, ok := errors.AsType[*types.ThrottlingException](err); ok {
		return e.ThrottlingReasons
	}
	if e, ok := errors.AsType[*types.RequestLimitExceeded](err); ok {
		return e.ThrottlingReasons
	}
	return nil
}
