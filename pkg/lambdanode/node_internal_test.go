package lambdanode

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// The longest plain key fits into a client context; a key that does not fit is
// refused here.
func TestRequest_key(t *testing.T) {
	t.Parallel()
	key := strings.Repeat("k", 1000)
	in, err := request(t.Context(), "charge", nil, &flow.Task{Key: key, Attempt: 1})
	if err != nil {
		t.Fatal(err)
	}
	if text, err := base64.StdEncoding.DecodeString(in.Header.Get("X-Amz-Client-Context")); !strings.Contains(string(text), key) || err != nil {
		t.Errorf("client context %s, %v", text, err)
	}
	if _, err := request(t.Context(), "charge", nil, &flow.Task{Key: strings.Repeat("\x01", 1000)}); err == nil || !strings.Contains(err.Error(), "shorten the node's id") {
		t.Errorf("error = %v", err)
	}
}
