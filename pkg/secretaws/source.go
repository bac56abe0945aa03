package secretaws

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"github.com/flowcraft-go/flowcraft/internal/pause"
	"github.com/flowcraft-go/flowcraft/internal/signed"
	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/secret"
)

// Source reads secrets of an account.
type Source struct{ clients func() clients }

type clients struct{ secrets, parameters *signed.Client }

// New returns a source with the configuration of the account.
func New(cfg aws.Config) *Source {
	return &Source{sync.OnceValue(func() clients {
		if cfg.HTTPClient == nil {
			cfg.HTTPClient = awshttp.NewBuildableClient()
		}
		return clients{signed.NewClient(cfg, signed.SecretsManager, time.Now), signed.NewClient(cfg, signed.ParameterStore, time.Now)}
	})}
}

// String returns no secrets.
func (s *Source) String() string { return "the secrets of an account" }

// attempts is how often a request is sent that AWS may answer in another way next time.
const attempts = 3

// Read implements [secret.Source]. It reads the newest version, and decrypts it.
func (s *Source) Read(ctx context.Context, name secret.Name) (text string, err error) {
	for attempt := 1; ; attempt++ {
		text, err = s.once(ctx, name)
		if err == nil || attempt == attempts || flow.VerdictOf(err).Permanent {
			return text, err
		}
		if pause.For(ctx, time.Duration(attempt)*100*time.Millisecond) != nil {
			return "", err
		}
	}
}

func (s *Source) once(ctx context.Context, name secret.Name) (string, error) {
	if name.Parameter {
		var out struct{ Parameter struct{ Value string } }
		err := call(ctx, s.clients().parameters, name.Region(), "AmazonSSM.GetParameter", map[string]any{"Name": name.ID, "WithDecryption": true}, &out)
		return out.Parameter.Value, err
	}
	var out struct{ SecretString *string }
	err := call(ctx, s.clients().secrets, name.Region(), "secretsmanager.GetSecretValue", map[string]any{"SecretId": name.ID}, &out)
	switch {
	case err != nil:
		return "", err
	case out.SecretString == nil:
		return "", flow.Permanent(errBinary)
	}
	return *out.SecretString, nil
}

var errBinary = errors.New("it is binary: only text can be used")

// maxAnswer is far above the size of a secret, in bytes.
const maxAnswer = 1 << 20

// call makes a call of a service with JSON. An error has AWS's name for it, and no text
// of the answer, which may quote a secret.
func call(ctx context.Context, client *signed.Client, region, target string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	header := http.Header{"Content-Type": {"application/x-amz-json-1.1"}, "X-Amz-Target": {target}}
	answer, err := client.Send(ctx, signed.Post{Region: region, Path: "/", Header: header, Body: body}, maxAnswer)
	if err != nil {
		return fmt.Errorf("request %s: %w", client, err)
	}
	if answer.Status != http.StatusOK {
		var refused struct {
			Type string `json:"__type"`
		}
		_ = json.Unmarshal(answer.Body, &refused) // a body of another kind has no type
		return refusal(answer.Status, refused.Type[strings.LastIndexByte(refused.Type, '#')+1:])
	}
	if json.Unmarshal(answer.Body, out) != nil { // whose error may quote it
		return refusal(answer.Status, "an answer that is not JSON")
	}
	return nil
}

// refusal returns the error of an answer. A missing secret or permission stays missing
// in further attempts.
func refusal(status int, code string) error {
	err := errors.New(cmp.Or(code, http.StatusText(status), "refused"))
	if status/100 == 4 && !passing(status, code) {
		return flow.Permanent(err)
	}
	return err
}

// passing reports whether a refusal can be another one in the next attempt.
func passing(status int, code string) bool {
	switch code {
	case "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded", "ExpiredTokenException":
		return true
	}
	return status == http.StatusTooManyRequests || status == http.StatusRequestTimeout
}
