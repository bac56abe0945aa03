package prepared

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// adapt makes a stack fit for many requests: each has an output of its own, and nothing is
// called that has nothing to do.
func adapt(stack *middleware.Stack, reader middleware.DeserializeMiddleware) error {
	_, err := stack.Deserialize.Swap(reader.ID(), reader)
	return errors.Join(err, fixUserAgent(stack),
		without(stack.Finalize, (*smithyhttp.InterceptBeforeRetryLoop)(nil).ID()),
		without(stack.Finalize, (*smithyhttp.InterceptAttempt)(nil).ID()),
		without(stack.Deserialize, (*smithyhttp.RequestResponseLogger)(nil).ID()))
}

// step is a part of a stack.
type step[M any] interface{ Remove(id string) (M, error) }

func without[M any](from step[M], id string) error {
	_, err := from.Remove(id)
	return err
}

// fixUserAgent has the text by which the SDK names itself made once.
func fixUserAgent(stack *middleware.Stack) error {
	id := (*awsmiddleware.RequestUserAgent)(nil).ID()
	maker, ok := stack.Build.Get(id)
	if !ok {
		return fmt.Errorf("the stack has no %s", id)
	}
	request := smithyhttp.NewStackRequest().(*smithyhttp.Request)
	seen := middleware.BuildHandlerFunc(func(context.Context, middleware.BuildInput) (out middleware.BuildOutput, metadata middleware.Metadata, err error) {
		return out, metadata, nil
	})
	if _, _, err := maker.HandleBuild(context.Background(), middleware.BuildInput{Request: request}, seen); err != nil {
		return err
	}
	_, err := stack.Build.Swap(id, &userAgent{id, request.Header["User-Agent"]})
	return err
}

// userAgent sets a header.
type userAgent struct {
	id   string
	text []string
}

func (u *userAgent) ID() string { return u.id }

func (u *userAgent) HandleBuild(ctx context.Context, in middleware.BuildInput, next middleware.BuildHandler) (middleware.BuildOutput, middleware.Metadata, error) {
	if request, ok := in.Request.(*smithyhttp.Request); ok {
		if request.Header == nil {
			request.Header = http.Header{}
		}
		request.Header["User-Agent"] = u.text
	}
	return next.HandleBuild(ctx, in)
}
