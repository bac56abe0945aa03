package secretaws

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"os"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
	"github.com/flowcraft-go/flowcraft/pkg/flow/secret"
)

// Source reads secrets of an account.
type Source struct {
	secrets    func() *secretsmanager.Client
	parameters func() *parameters
}

// New returns a source with the configuration of the account.
func New(cfg aws.Config) *Source {
	return &Source{
		sync.OnceValue(func() *secretsmanager.Client { return secretsmanager.NewFromConfig(cfg) }),
		sync.OnceValue(func() *parameters { return newParameters(cfg, os.LookupEnv) }),
	}
}

// String returns no secrets.
func (s *Source) String() string { return "the secrets of an account" }

// Read implements [secret.Source]. It reads the newest version, and decrypts it.
func (s *Source) Read(ctx context.Context, name secret.Name) (text string, err error) {
	if name.Parameter {
		return s.parameters().read(ctx, name)
	}
	text, err = s.secret(ctx, name)
	return text, refused(err)
}

var errBinary = errors.New("it is binary: only text can be used")

func (s *Source) secret(ctx context.Context, name secret.Name) (string, error) {
	out, err := s.secrets().GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &name.ID}, func(o *secretsmanager.Options) {
		if region := name.Region(); region != "" {
			o.Region = region
		}
	})
	switch {
	case err != nil:
		return "", err
	case out.SecretString == nil:
		return "", flow.Permanent(errBinary)
	}
	return *out.SecretString, nil
}

// refused returns the name of AWS's error, without its text.
func refused(err error) error {
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		return err
	}
	status := 0
	if response, ok := errors.AsType[*smithyhttp.ResponseError](err); ok {
		status = response.HTTPStatusCode()
	}
	return refusal(status, api.ErrorCode())
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

func isPermanent(err error) bool { return flow.VerdictOf(err).Permanent }

// passing reports whether a refusal can be another one in the next attempt.
func passing(status int, code string) bool {
	switch code {
	case "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded", "ExpiredTokenException":
		return true
	}
	return status == http.StatusTooManyRequests || status == http.StatusRequestTimeout
}
