package etcd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/bits"
	"math/rand/v2"
	"net"
	"net/url"
	"slices"
	"sync"
	"time"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
)

// member is a member of the cluster, with a client of its own: a client for all of them would wait for
// the one that hangs.
type member struct {
	endpoint string
	local    bool   // it runs on this box
	turn     uint32 // among equals, at random: the members share the load of all chassis
	client   *clientv3.Client
	token    *token
	logger   *slog.Logger

	mu       sync.Mutex
	cluster  uint64        // by its last answer; 0: none yet
	latency  time.Duration // of its answers, smoothed
	last     time.Time     // of its last answer
	err      error         // why it does not answer; nil: it does
	requests uint64
	failures uint64
}

// The times of a connection. grpc asks a silent peer no more often than each 10 s, and servers refuse
// those that ask more often than each 5 s. Probes find a member that hangs earlier.
const (
	keepAlive        = 10 * time.Second
	keepAliveTimeout = 3 * time.Second
	firstReconnect   = 100 * time.Millisecond
	mostReconnect    = time.Second
)

// The limits of a message, in octets. A member sends events of up to 1.5 MiB, if another client
// writes such values under the prefix, and no larger message.
const (
	mostSent     = 1 << 20
	mostReceived = 4 << 20
)

// window is how much a member may send before it is read, in octets. With a fixed one grpc does not probe
// the connection after each answer, which costs as much as the answer.
const window = 1 << 20

// newMember returns a member. It connects as soon as there is a request.
func newMember(endpoint string, c *Config) (*member, error) {
	m := &member{endpoint: endpoint, local: isLocal(endpoint), turn: rand.Uint32(), token: newToken(c.User, c.Password), logger: c.Logger, err: errNotAsked}
	options := []grpc.DialOption{
		grpc.WithPerRPCCredentials(m.token),
		grpc.WithChainUnaryInterceptor(failFast),
		grpc.WithStaticStreamWindowSize(window),
		grpc.WithStaticConnWindowSize(window),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: firstReconnect, Multiplier: 1.6, Jitter: 0.2, MaxDelay: mostReconnect},
			MinConnectTimeout: probeTimeout,
		}),
	}
	if c.TLS != nil && c.TLS.ServerName != "" { // the client ignores it
		options = append(options, grpc.WithAuthority(c.TLS.ServerName))
	}
	var err error
	m.client, err = clientv3.New(clientv3.Config{
		Endpoints:            []string{endpoint},
		TLS:                  c.TLS.Clone(),
		DialKeepAliveTime:    keepAlive,
		DialKeepAliveTimeout: keepAliveTimeout,
		MaxCallSendMsgSize:   mostSent,
		MaxCallRecvMsgSize:   mostReceived,
		MaxUnaryRetries:      1, // the next member is asked in place of it
		Logger:               zap.NewNop(),
		DialOptions:          options,
	})
	if err != nil {
		return nil, fmt.Errorf("etcd: %s: %w", endpoint, err)
	}
	return m, nil
}

// failFast makes a request to a member that can't be reached fail at once: the next one is asked. The
// client would wait for the member.
func failFast(ctx context.Context, method string, request, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
	return invoke(ctx, method, request, reply, cc, append(options, grpc.WaitForReady(false))...)
}

// isLocal reports whether a URL is one of this box, by its address.
func isLocal(endpoint string) bool {
	u, err := url.Parse(endpoint)
	if err != nil {
		return false
	}
	if u.Scheme == "unix" || u.Scheme == "unixs" || u.Hostname() == "localhost" {
		return true
	}
	host := net.ParseIP(u.Hostname())
	if host == nil {
		return false
	}
	own, err := net.InterfaceAddrs()
	return host.IsLoopback() || err == nil && slices.ContainsFunc(own, func(a net.Addr) bool {
		n, ok := a.(*net.IPNet)
		return ok && n.IP.Equal(host)
	})
}

var (
	errNotAsked = errors.New("no answer yet")
	errAnswered = errors.New("another member has answered")
)

// call makes a request and takes note of how it went.
func (m *member) call(ctx context.Context, request func(context.Context) error) error {
	began := time.Now()
	ctx = clientv3.WithRequireLeader(ctx) // a member without a leader refuses at once
	err := m.token.with(ctx, m.client, func() error { return request(ctx) })
	m.note(time.Since(began), err, context.Cause(ctx))
	if err != nil {
		return fmt.Errorf("%s: %w", m.endpoint, err)
	}
	return nil
}

// asked takes note that a request other than a probe is sent.
func (m *member) asked() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.requests++
}

// note takes note of a request, how long it took and why its context ended, if it did.
func (m *member) note(took time.Duration, err, cause error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case err == nil, errors.Is(err, rpctypes.ErrLeaseNotFound):
		m.answered(took)
	case errors.Is(cause, errAnswered):
		m.latency = max(m.latency, took) // it would have taken even longer
	case errors.Is(cause, context.Canceled), cause != nil && took < askNext:
		// It had no time to answer.
	default:
		m.failures++
		if m.err == nil || errors.Is(m.err, errNotAsked) {
			m.logger.Warn("etcd member does not answer", "endpoint", m.endpoint, "error", err)
		}
		m.err = err
	}
}

// answered takes note of an answer.
func (m *member) answered(took time.Duration) {
	if m.latency == 0 || m.err != nil {
		m.latency = took
	}
	m.latency += (took - m.latency) / 4
	if m.err != nil && !m.last.IsZero() {
		m.logger.Info("etcd member answers again", "endpoint", m.endpoint)
	}
	m.err, m.last = nil, time.Now()
}

// rank returns how late a member should be asked. The local one is the first as long as it answers
// before another one would be asked. Others are equal if they are about as fast: a few milliseconds are
// no reason for all chassis to ask the leader.
func (m *member) rank() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch late := bits.Len64(uint64(m.latency / (4 * time.Millisecond))); {
	case m.err != nil:
		return 100 + late
	case m.local && m.latency < askNext:
		return -1
	default:
		return late
	}
}

// answers reports whether the member answered the last time.
func (m *member) answers() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.err == nil
}
