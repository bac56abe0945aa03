package awsenv

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// Load reads the environment. Its error joins all faults.
func Load(lookup func(string) (string, bool)) (aws.Config, error) {
	r := &reader{lookup: lookup}
	s := r.source()
	cfg := aws.Config{
		Region: r.text("AWS_REGION", "AWS_DEFAULT_REGION"), AppID: r.text("AWS_SDK_UA_APP_ID"),
		Credentials: r.credentials(), HTTPClient: r.client(), ConfigSources: []any{s},
		RetryMode: r.retryMode(), RetryMaxAttempts: r.count("AWS_MAX_ATTEMPTS"),
		DisableRequestCompression: r.isSet("AWS_DISABLE_REQUEST_COMPRESSION"), DisableClockSkewCorrection: r.isSet("AWS_DISABLE_CLOCK_SKEW_CORRECTION"),
		RequestMinCompressSizeBytes: 10_240, // the SDK's own default
		AccountIDEndpointMode:       r.accountMode(),
		RequestChecksumCalculation:  aws.RequestChecksumCalculationWhenSupported, ResponseChecksumValidation: aws.ResponseChecksumValidationWhenSupported,
		DefaultsMode: aws.DefaultsModeLegacy,
	}
	if url := r.text("AWS_ENDPOINT_URL"); url != "" && !s.ignored {
		cfg.BaseEndpoint = &url
	}
	if cfg.Region == "" {
		r.fault(errors.New("AWS_REGION is not set"))
	}
	return cfg, errors.Join(r.errs...)
}

// reader collects the faults of the variables.
type reader struct {
	lookup func(string) (string, bool)
	errs   []error
}

func (r *reader) fault(err error) { r.errs = append(r.errs, err) }

// text returns the value of the first variable that is not empty.
func (r *reader) text(names ...string) string {
	for _, name := range names {
		if text, _ := r.lookup(name); text != "" {
			return text
		}
	}
	return ""
}

func (r *reader) isSet(name string) bool {
	text := r.text(name)
	set := strings.EqualFold(text, "true")
	if text != "" && !set && !strings.EqualFold(text, "false") {
		r.fault(fmt.Errorf("%s is %q: it must be true or false", name, text))
	}
	return set
}

func (r *reader) count(name string) int {
	text := r.text(name)
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		r.fault(fmt.Errorf("%s is %q: it must be a number", name, text))
	}
	return n
}

func (r *reader) retryMode() aws.RetryMode {
	text := r.text("AWS_RETRY_MODE")
	if text == "" {
		return ""
	}
	mode, err := aws.ParseRetryMode(text)
	if err != nil {
		r.fault(fmt.Errorf("AWS_RETRY_MODE is %q: it must be standard or adaptive", text))
	}
	return mode
}

func (r *reader) accountMode() aws.AccountIDEndpointMode {
	text := r.text("AWS_ACCOUNT_ID_ENDPOINT_MODE")
	switch mode := aws.AccountIDEndpointMode(strings.ToLower(text)); mode {
	case "":
		return aws.AccountIDEndpointModePreferred
	case aws.AccountIDEndpointModePreferred, aws.AccountIDEndpointModeRequired, aws.AccountIDEndpointModeDisabled:
		return mode
	}
	r.fault(fmt.Errorf("AWS_ACCOUNT_ID_ENDPOINT_MODE is %q: it must be preferred, required or disabled", text))
	return ""
}

var errCredentials = errors.New("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set: Lambda sets them")

// credentials are those that Lambda gives to a function. Without them it starts, so that
// its settings and blueprints can be checked before it is deployed.
func (r *reader) credentials() aws.CredentialsProvider {
	id, key := r.text("AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY"), r.text("AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY")
	if id == "" || key == "" {
		return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return aws.Credentials{}, errCredentials })
	}
	return credentials.StaticCredentialsProvider{Value: aws.Credentials{
		AccessKeyID: id, SecretAccessKey: key, SessionToken: r.text("AWS_SESSION_TOKEN"), AccountID: r.text("AWS_ACCOUNT_ID"), Source: "Environment",
	}}
}

// client is the SDK's, which uses the proxies of the environment, with the certificates
// of AWS_CA_BUNDLE.
func (r *reader) client() aws.HTTPClient {
	client := awshttp.NewBuildableClient()
	file := r.text("AWS_CA_BUNDLE")
	if file == "" {
		return client
	}
	pool, err := certificates(file)
	if err != nil {
		r.fault(fmt.Errorf("AWS_CA_BUNDLE: %w", err))
	}
	return client.WithTransportOptions(func(t *http.Transport) {
		if t.TLSClientConfig == nil {
			t.TLSClientConfig = &tls.Config{}
		}
		t.TLSClientConfig.RootCAs = pool
	})
}

func certificates(file string) (*x509.CertPool, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(data) {
		return nil, fmt.Errorf("there is no certificate in %s", file)
	}
	return pool, nil
}
