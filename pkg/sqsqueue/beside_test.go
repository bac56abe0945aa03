package sqsqueue_test

import (
	"testing"

	"github.com/flowcraft-go/flowcraft/pkg/sqsqueue"
)

func TestBeside(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"https://sqs.cn-north-1.amazonaws.com.cn/123456789012/flow-Queue": "queue https://sqs.cn-north-1.amazonaws.com.cn/123456789012/flow-Intake",
		"http://127.0.0.1:4100/000000000000/work":                         "queue http://127.0.0.1:4100/000000000000/flow-Intake",
	} {
		q := sqsqueue.New(nil, url, sqsqueue.Config{})
		if got := q.Beside("arn:aws-cn:sqs:cn-north-1:123456789012:flow-Intake").String(); got != want {
			t.Errorf("beside %s there is %s, want %s", url, got, want)
		}
		if q.String() != "queue "+url {
			t.Errorf("the first one is %s now", q)
		}
	}
}
