package httpnode

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"syscall"
	"time"

	"github.com/flowcraft-go/flowcraft/pkg/flow"
)

// newTransport dials only the addresses that control allows. It uses no proxy, since
// a proxy would choose the address.
func newTransport(control func(context.Context, string, string, syscall.RawConn) error) *http.Transport {
	dialer := &net.Dialer{Timeout: 10 * time.Second, ControlContext: control}
	return &http.Transport{
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    10 * time.Second,
		MaxResponseHeaderBytes: 256 << 10,
		// A connection that was kept while Lambda froze the sandbox is usually dead:
		// the request on it fails, or is sent twice unnoticed.
		DisableKeepAlives: true,
	}
}

// maxRedirects is the maximum number of redirects that are followed for one request.
const maxRedirects = 5

// follow sends the request, and follows redirects whose status is not a result. It
// returns the first answer that is not followed further.
func (c *client) follow(req *http.Request, actions actions) (*http.Response, error) {
	for redirects := 0; ; redirects++ {
		resp, err := c.transport.RoundTrip(req)
		if err != nil {
			return nil, unanswered(req, err)
		}
		location := resp.Header.Get("Location")
		if _, result := actions.of(resp.StatusCode); result || location == "" || !isRedirect(resp.StatusCode) {
			return resp, nil
		}
		_ = resp.Body.Close() // not read
		if redirects == maxRedirects {
			return nil, notFollowed(req, fmt.Errorf("it is redirected more than %d times", maxRedirects))
		}
		if req, err = redirected(req, resp.StatusCode, location); err != nil {
			return nil, err
		}
	}
}

func isRedirect(status int) bool {
	return slices.Contains([]int{
		http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect,
	}, status)
}

// redirected returns the request for its new location. To another origin only the
// headers that describe the request are sent: any other header may be a credential.
// Removed headers are not restored by a later redirect. A body is not sent there
// either, and without it the request would be another one.
func redirected(req *http.Request, status int, location string) (*http.Request, error) {
	target, err := parseLocation(req.URL, location)
	if err != nil {
		return nil, notFollowed(req, err)
	}
	if req.URL.Scheme == "https" && target.Scheme == "http" {
		return nil, notFollowed(req, errors.New("it is redirected from https to http"))
	}
	next := req.Clone(req.Context())
	next.URL, next.Host = target, target.Host
	if becomesGet(status, req.Method) {
		next.Method = http.MethodGet
		next.Header.Del("Content-Type")
		next.Header.Del(idempotencyKey)
		next.GetBody = nil
		setBody(next, nil)
	}
	if target.Scheme != req.URL.Scheme || target.Host != req.URL.Host {
		if next.GetBody != nil {
			return nil, notFollowed(req, errors.New("it is redirected to another origin, to which its body is not sent"))
		}
		for name := range next.Header {
			if !slices.Contains([]string{"Accept", "Accept-Language", "User-Agent"}, name) {
				next.Header.Del(name)
			}
		}
	}
	if next.GetBody != nil {
		next.Body, err = next.GetBody()
	}
	return next, err
}

// becomesGet reports whether a redirect turns the request into a GET of its result,
// as in browsers.
func becomesGet(status int, method string) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound:
		return method == http.MethodPost
	case http.StatusSeeOther:
		return method != http.MethodHead
	}
	return false
}

func notFollowed(req *http.Request, err error) error {
	return flow.Permanent(flow.WithCode(fmt.Errorf("%s: %w", name(req), err), CodeRedirect))
}

// name returns the request's name in errors: path and query may hold secrets.
func name(req *http.Request) string { return req.Method + " " + origin(req.URL) }

func origin(u *url.URL) string { return fmt.Sprintf("%s://%.300s", u.Scheme, u.Host) }
