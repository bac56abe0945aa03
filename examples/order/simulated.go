package order

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// stock simulates the shop's database. It never shrinks: every order finds the same
// stock.
var stock = map[string]int{"lamp": 20, "desk": 25, "chair": 50}

// gateway simulates a payment provider's client. The answer to the first request for
// a key is always lost; the next request finds the charge made.
type gateway struct{}

var errGatewayTimeout = flow.WithCode(errors.New("the payment gateway did not answer"), "gateway_timeout")

func (gateway) charge(key string, attempt int, _ Bill) (id string, err error) {
	if attempt == 1 {
		return "", errGatewayTimeout
	}
	return reference("pay", key), nil
}

// reference returns an id that is always the same for the same key.
func reference(kind, key string) string {
	sum := sha256.Sum256([]byte(kind + "/" + key))
	return kind + "-" + hex.EncodeToString(sum[:4])
}
