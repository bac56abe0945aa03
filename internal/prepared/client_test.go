package prepared_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/google/go-cmp/cmp"

	"github.com/flowcraft-go/flowcraft/internal/prepared"
)

// wire records requests, and answers them in turn; the last answer stays.
type wire struct {
	answers []string // status and body
	mu      sync.Mutex
	seen    []string // requests, without that which is new each time
	signed  []string
}

func (w *wire) Do(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	header := maps.Clone(r.Header)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.signed = append(w.signed, strings.Join(header["Authorization"], ""))
	for _, name := range []string{"Authorization", "Amz-Sdk-Invocation-Id", "X-Amz-Date", "Amz-Sdk-Request"} {
		if header[name] == nil {
			return nil, fmt.Errorf("there is no %s", name)
		}
		header[name] = nil
	}
	w.seen = append(w.seen, fmt.Sprintf("%s %s %v %s", r.Method, r.URL, header, body))
	answer := "200 {}"
	if len(w.answers) > 0 {
		answer = w.answers[0]
	}
	if len(w.answers) > 1 {
		w.answers = w.answers[1:]
	}
	response := &http.Response{Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}}, Body: io.NopCloser(bytes.NewReader([]byte(answer[4:])))}
	_, err = fmt.Sscanf(answer, "%d", &response.StatusCode)
	return response, err
}

// provider gives other credentials each time.
type provider struct{ times atomic.Int32 }

func (p *provider) Retrieve(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: fmt.Sprintf("KEY%d", p.times.Add(1)), SecretAccessKey: "secret", SessionToken: "token"}, nil
}

func config(w *wire) aws.Config {
	return aws.Config{
		Region: "eu-west-1", HTTPClient: w, Credentials: &provider{}, AppID: "app",
		Retryer: func() aws.Retryer { return quick{aws.NopRetryer{}} },
	}
}

// quick repeats a request that the service failed at twice, at once.
type quick struct{ aws.NopRetryer }

func (quick) IsErrorRetryable(err error) bool {
	response, ok := errors.AsType[*smithyhttp.ResponseError](err)
	return ok && response.HTTPStatusCode() == http.StatusInternalServerError
}
func (quick) MaxAttempts() int { return 3 }

// api are the requests that are prepared.
type api interface {
	PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
	UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
	BatchGetItem(context.Context, *dynamodb.BatchGetItemInput, ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error)
}

var key = map[string]types.AttributeValue{"k": &types.AttributeValueMemberS{Value: "é"}}

// calls makes one request of each kind, and returns what came of them.
func calls(ctx context.Context, a api) (came []string) {
	put, err := a.PutItem(ctx, &dynamodb.PutItemInput{TableName: new("t"), Item: key, ConditionExpression: new("attribute_not_exists (k)"), ReturnValues: types.ReturnValueAllOld})
	came = append(came, fmt.Sprint(put != nil && put.Attributes["k"] != nil, err))
	update, err := a.UpdateItem(ctx, &dynamodb.UpdateItemInput{TableName: new("t"), Key: key, UpdateExpression: new("SET a = :a"), ReturnValues: types.ReturnValueAllNew})
	came = append(came, fmt.Sprint(update != nil && update.Attributes["k"] != nil, err))
	get, err := a.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{"t": {Keys: []map[string]types.AttributeValue{key}}}})
	came = append(came, fmt.Sprint(get != nil && len(get.Responses["t"]) == 1, err))
	_, err = a.PutItem(ctx, &dynamodb.PutItemInput{TableName: new("t")})
	return append(came, fmt.Sprint(err))
}

// TestClient_sends_and_answers_as_the_SDK compares every request and answer, for answers of
// all kinds and configurations of all kinds.
func TestClient_sends_and_answers_as_the_SDK(t *testing.T) {
	t.Parallel()
	endpoint := func(url string) func(*aws.Config) {
		return func(c *aws.Config) { c.BaseEndpoint = &url }
	}
	item := `{"Attributes":{"k":{"S":"x"}},"Responses":{"t":[{"k":{"S":"x"}}]}}`
	for name, tc := range map[string]struct {
		answers []string
		change  func(*aws.Config)
	}{
		"an item":                {[]string{"200 " + item}, nil},
		"a condition that fails": {[]string{`400 {"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"no","Item":{"k":{"S":"x"}}}`}, nil},
		"another error":          {[]string{`400 {"__type":"ValidationException","message":"no"}`}, nil},
		"no JSON":                {[]string{"200 <html>"}, nil},
		"a failure, repeated":    {[]string{"500 {}", "500 {}", "200 " + item}, nil},
		"failures only":          {[]string{"500 {}"}, nil},
		"an address":             {[]string{"200 " + item}, endpoint("http://127.0.0.1:8000/path")},
		"dual stack, FIPS":       {[]string{"200 " + item}, func(c *aws.Config) { c.ConfigSources = []any{networks{}} }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run := func(of func(*dynamodb.Client) api) (*wire, []string) {
				w := &wire{answers: slices.Clone(tc.answers)}
				cfg := config(w)
				if tc.change != nil {
					tc.change(&cfg)
				}
				a := of(dynamodb.NewFromConfig(cfg, signedHere))
				calls(t.Context(), a) // the first ones prepare
				w.answers = slices.Clone(tc.answers)
				return w, calls(t.Context(), a)
			}
			want, wantCame := run(func(c *dynamodb.Client) api { return c })
			got, came := run(func(c *dynamodb.Client) api { return prepared.New(c) })
			if diff := cmp.Diff(want.seen, got.seen); diff != "" {
				t.Errorf("requests (-SDK +prepared):\n%s", diff)
			}
			if diff := cmp.Diff(wantCame, came); diff != "" {
				t.Errorf("answers (-SDK +prepared):\n%s", diff)
			}
			if last := got.signed[len(got.signed)-1]; !strings.Contains(last, fmt.Sprintf("KEY%d/", len(got.signed))) {
				t.Errorf("request %d is signed as %s: the credentials are not asked for each time", len(got.signed), last)
			}
		})
	}
}

func signedHere(o *dynamodb.Options) {
	o.HTTPSignerV4 = prepared.SignerFor(o.HTTPSignerV4, o.ClientLogMode)
}

// networks are settings of the environment.
type networks struct{}

func (networks) GetUseDualStackEndpoint(context.Context) (aws.DualStackEndpointState, bool, error) {
	return aws.DualStackEndpointStateEnabled, true, nil
}
func (networks) GetUseFIPSEndpoint(context.Context) (aws.FIPSEndpointState, bool, error) {
	return aws.FIPSEndpointStateEnabled, true, nil
}

func TestClient_keeps_the_errors_types(t *testing.T) {
	t.Parallel()
	w := &wire{answers: []string{`400 {"__type":"ConditionalCheckFailedException","Item":{"k":{"S":"x"}}}`}}
	_, err := prepared.New(dynamodb.NewFromConfig(config(w))).PutItem(t.Context(), &dynamodb.PutItemInput{TableName: new("t"), Item: key})
	failed, ok := errors.AsType[*types.ConditionalCheckFailedException](err)
	if !ok || failed.Item["k"] == nil {
		t.Errorf("%v, want the failed condition with its item", err)
	}
}

// TestClient_is_used_by_many_at_once checks that no request gets another one's answer.
func TestClient_is_used_by_many_at_once(t *testing.T) {
	t.Parallel()
	echo := doer(func(r *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(r.Body)
		text := string(body)
		value := text[strings.Index(text, `"S":"`)+5:]
		answer := `{"Attributes":{"v":{"S":"` + value[:strings.Index(value, `"`)] + `"}}}`
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(answer))}, err
	})
	cfg := config(nil)
	cfg.HTTPClient = echo
	c := prepared.New(dynamodb.NewFromConfig(cfg, signedHere))
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for n := range 50 {
				id := fmt.Sprintf("%d-%d", i, n)
				out, err := c.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{TableName: new("t"), Key: map[string]types.AttributeValue{"v": &types.AttributeValueMemberS{Value: id}}})
				if err != nil {
					t.Error(err)
					return
				}
				if got, _ := out.Attributes["v"].(*types.AttributeValueMemberS); got == nil || got.Value != id {
					t.Errorf("the answer to %s is %v", id, out.Attributes)
				}
			}
		})
	}
	group.Wait()
}

type doer func(*http.Request) (*http.Response, error)

func (d doer) Do(r *http.Request) (*http.Response, error) { return d(r) }

// TestClient_leaves_middleware_of_others_alone checks that it is made anew for each request,
// as its author may expect.
func TestClient_leaves_middleware_of_others_alone(t *testing.T) {
	t.Parallel()
	made := 0
	cfg := config(&wire{})
	cfg.APIOptions = append(cfg.APIOptions, func(s *middleware.Stack) error {
		made++
		return s.Build.Add(middleware.BuildMiddlewareFunc("own", func(ctx context.Context, in middleware.BuildInput, next middleware.BuildHandler) (middleware.BuildOutput, middleware.Metadata, error) {
			return next.HandleBuild(ctx, in)
		}), middleware.After)
	})
	c := prepared.New(dynamodb.NewFromConfig(cfg))
	for range 3 {
		if _, err := c.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: new("t"), Item: key}); err != nil {
			t.Fatal(err)
		}
	}
	if made != 3 {
		t.Errorf("the middleware was made %d times for 3 requests", made)
	}
}
