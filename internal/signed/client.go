package signed

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// Service is a service of AWS.
type Service struct {
	Name string // in its endpoints and signatures
	ID   string // in the SDK's settings
}

// The services that requests go to.
var (
	SecretsManager = Service{"secretsmanager", "Secrets Manager"}
	ParameterStore = Service{"ssm", "SSM"}
	Lambda         = Service{"lambda", "Lambda"}
)

// Client sends requests to one service.
type Client struct {
	cfg     aws.Config
	service Service
	now     func() time.Time
}

// NewClient returns a client, which signs with the time of the clock. The HTTPClient of
// cfg must be set.
func NewClient(cfg aws.Config, service Service, now func() time.Time) *Client {
	return &Client{cfg, service, now}
}

// String returns the name of the service.
func (c *Client) String() string { return c.service.ID }

// Post is the request of one call.
type Post struct {
	Region string // "" is that of the configuration
	Path   string // escaped, with the slash at its beginning
	Header http.Header
	Body   []byte
}

// Answer is the answer to a [Post], of any status.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Send sends a request once, and reads its answer, which has at most limit bytes.
func (c *Client) Send(ctx context.Context, post Post, limit int64) (*Answer, error) {
	req, err := c.request(ctx, post)
	if err != nil {
		return nil, err
	}
	resp, err := c.cfg.HTTPClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close() // only read from
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the answer of %s: %w", c.service.ID, err)
	case int64(len(body)) > limit:
		return nil, fmt.Errorf("the answer of %s has more than %d bytes", c.service.ID, limit)
	}
	return &Answer{resp.StatusCode, resp.Header, body}, nil
}

// request returns the signed request.
func (c *Client) request(ctx context.Context, post Post) (*http.Request, error) {
	region := c.cfg.Region
	if post.Region != "" {
		region = post.Region
	}
	address, err := url.Parse(endpoint(c.cfg, c.service, region) + post.Path)
	if err != nil {
		return nil, fmt.Errorf("the endpoint of %s: %w", c.service.ID, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address.String(), bytes.NewReader(post.Body))
	if err != nil {
		return nil, err
	}
	maps.Copy(req.Header, post.Header)
	if c.cfg.Credentials == nil {
		return nil, fmt.Errorf("request %s: there are no credentials", c.service.ID)
	}
	identity, err := c.cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, fmt.Errorf("credentials of AWS: %w", err)
	}
	hash := sha256.Sum256(post.Body)
	return req, v4.NewSigner().SignHTTP(ctx, identity, req, hex.EncodeToString(hash[:]), c.service.Name, region, c.now())
}
