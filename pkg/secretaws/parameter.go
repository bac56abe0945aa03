package secretaws

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"github.com/flowcraft-go/flowcraft/internal/pause"
	"github.com/flowcraft-go/flowcraft/pkg/flow/secret"
)

// parameters makes one request of Parameter Store, GetParameter. The SDK's client of it
// would add 19 ms to each start of a worker, and a quarter to its size.
type parameters struct {
	cfg    aws.Config
	client aws.HTTPClient
	lookup func(string) (string, bool) // of the environment
}

func newParameters(cfg aws.Config, lookup func(string) (string, bool)) *parameters {
	client := cfg.HTTPClient
	if client == nil {
		client = awshttp.NewBuildableClient()
	}
	return &parameters{cfg, client, lookup}
}

// attempts is how often a request is sent that AWS may answer in another way next time.
const attempts = 3

// read returns the decrypted value of a parameter.
func (p *parameters) read(ctx context.Context, name secret.Name) (text string, err error) {
	for attempt := 1; ; attempt++ {
		text, err = p.get(ctx, name)
		if err == nil || attempt == attempts || isPermanent(err) {
			return text, err
		}
		if pause.For(ctx, time.Duration(attempt)*100*time.Millisecond) != nil {
			return "", err
		}
	}
}

func (p *parameters) get(ctx context.Context, name secret.Name) (string, error) {
	req, err := p.request(ctx, name)
	if err != nil {
		return "", err
	}
	resp, err := p.client.Do(req)
	if err != nil {
		return "", fmt.Errorf("request Parameter Store: %w", err)
	}
	defer resp.Body.Close() // only read from
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return "", fmt.Errorf("read the answer of Parameter Store: %w", err)
	}
	var answer struct {
		Type      string `json:"__type"`
		Parameter struct{ Value string }
	}
	err = json.Unmarshal(body, &answer) // whose error may quote it
	switch {
	case resp.StatusCode != http.StatusOK:
		return "", refusal(resp.StatusCode, answer.Type[strings.LastIndexByte(answer.Type, '#')+1:])
	case err != nil:
		return "", refusal(resp.StatusCode, "an answer that is not JSON")
	}
	return answer.Parameter.Value, nil
}

// request returns the signed request.
func (p *parameters) request(ctx context.Context, name secret.Name) (*http.Request, error) {
	region := p.cfg.Region
	if r := name.Region(); r != "" {
		region = r
	}
	body, err := json.Marshal(map[string]any{"Name": name.ID, "WithDecryption": true})
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.endpoint(region), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", "AmazonSSM.GetParameter")
	identity, err := p.cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, fmt.Errorf("credentials of AWS: %w", err)
	}
	hash := sha256.Sum256(body)
	return req, v4.NewSigner().SignHTTP(ctx, identity, req, hex.EncodeToString(hash[:]), "ssm", region, time.Now())
}

// endpoint returns the address of Parameter Store, by the variables of the SDK.
func (p *parameters) endpoint(region string) string {
	if url, ok := p.lookup("AWS_ENDPOINT_URL_SSM"); ok && url != "" {
		return url
	}
	if p.cfg.BaseEndpoint != nil {
		return *p.cfg.BaseEndpoint
	}
	service, domain := "ssm", "amazonaws.com"
	if p.isSet("AWS_USE_FIPS_ENDPOINT") {
		service = "ssm-fips"
	}
	china := strings.HasPrefix(region, "cn-")
	switch dual := p.isSet("AWS_USE_DUALSTACK_ENDPOINT"); {
	case china && dual:
		domain = "api.amazonwebservices.com.cn"
	case china:
		domain = "amazonaws.com.cn"
	case dual:
		domain = "api.aws"
	}
	return fmt.Sprintf("https://%s.%s.%s/", service, region, domain)
}

func (p *parameters) isSet(name string) bool {
	text, _ := p.lookup(name)
	set, err := strconv.ParseBool(text)
	return err == nil && set
}
