package etcd

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// token is what a member has given for the user and the password. It goes with each request.
//
// The client can do that too. But then it asks for a token before it exists, so that a member that
// is down could not be added, and for each stream, and an answer costs the member 0.1 s of processor
// time.
type token struct {
	user, password string
	value          atomic.Pointer[string]
	turn           chan struct{} // has room for the one that asks for a token
	refused        time.Time     // when the password was refused; of the one that has the turn
}

func newToken(user, password string) *token {
	return &token{user: user, password: password, turn: make(chan struct{}, 1)}
}

// GetRequestMetadata implements [credentials.PerRPCCredentials].
func (t *token) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	if v := t.value.Load(); v != nil {
		return map[string]string{rpctypes.TokenFieldNameGRPC: *v}, nil
	}
	return nil, nil
}

// RequireTransportSecurity implements [credentials.PerRPCCredentials].
func (t *token) RequireTransportSecurity() bool { return false }

// with makes a request. If the member wants a token, or another one, it gets one and makes the
// request again.
func (t *token) with(ctx context.Context, c *clientv3.Client, request func() error) error {
	used := t.value.Load()
	err := request()
	if t.user == "" || !wantsToken(err) {
		return err
	}
	if err := t.renew(ctx, c, used); err != nil {
		return fmt.Errorf("user %q: %w", t.user, err)
	}
	return request()
}

func wantsToken(err error) bool {
	return errors.Is(err, rpctypes.ErrUserEmpty) || errors.Is(err, rpctypes.ErrInvalidAuthToken) || errors.Is(err, rpctypes.ErrAuthOldRevision)
}

// A member works hard to check a password, on purpose. login is how long it may take, and loginAgain how
// soon it is asked again after it has refused one.
const (
	login      = 20 * time.Second
	loginAgain = 5 * time.Second
)

// renew gets a token, unless another request has replaced the one that was used. If ctx ends before
// the member has checked the password, a later request finds the token.
func (t *token) renew(ctx context.Context, c *clientv3.Client, used *string) error {
	select {
	case t.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	if t.value.Load() != used {
		<-t.turn
		return nil
	}
	if !t.refused.IsZero() && time.Since(t.refused) < loginAgain {
		<-t.turn
		return rpctypes.ErrAuthFailed
	}
	done := make(chan error, 1)
	go func() {
		defer func() { <-t.turn }()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), login)
		defer cancel()
		t.value.Store(nil) // the request must not be refused for it
		r, err := c.Authenticate(ctx, t.user, t.password)
		switch {
		case err == nil:
			t.value.Store(&r.Token)
		case errors.Is(err, rpctypes.ErrAuthFailed):
			t.refused = time.Now()
		}
		done <- err
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
