package lab

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lagkit/lagkit/internal/netlab"
	clientv3 "go.etcd.io/etcd/client/v3"
	"google.golang.org/grpc"
)

// etcdEnv names a program etcd, such as that of Debian's package etcd-server, to test with in place
// of the one that the test program contains.
const etcdEnv = "LAGKIT_ETCD"

// cluster is an etcd of three members.
type cluster struct {
	t       testing.TB
	members []*member
	client  *clientv3.Client // of the test, from the network of the last member
	certs   *certificates    // nil: without TLS
	secure  security
	user    login // of client
}

// member is a member of an etcd, in the namespace of a box or a witness.
type member struct {
	name    string
	address string
	ns      *netlab.NS
	args    []string
	*netlab.Process
}

func (m *member) peerURL() string { return "http://" + m.address + ":2380" }

// newCluster starts an etcd whose members are in namespaces with addresses, and waits until it
// answers.
func newCluster(t testing.TB, certs *certificates, secure security, members ...*member) *cluster {
	t.Helper()
	c := &cluster{t: t, members: members, certs: certs, secure: secure}
	var all []string
	for _, m := range members {
		all = append(all, m.name+"="+m.peerURL())
	}
	for _, m := range members {
		m.args = c.arguments(m, filepath.Join(t.TempDir(), m.name), strings.Join(all, ","))
		m.start(t)
	}
	if certs != nil {
		c.user.cert = certs.root
	}
	var err error
	if c.client, err = c.dial(members[len(members)-1].ns); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if c.client != nil {
			_ = c.client.Close()
		}
	})
	c.awaitQuorum()
	if secure != open {
		c.authenticate()
	}
	return c
}

// How often the leader of etcd sends heartbeats, and how long the others wait for them, in
// milliseconds.
const (
	memberTick     = 50
	memberElection = 500
)

// tokenLife is how long a token of a user lasts that is not used.
const tokenLife = 2 * time.Second

// arguments returns the arguments of a member with a folder for its data.
func (c *cluster) arguments(m *member, dir, all string) []string {
	args := []string{
		"--name", m.name, "--data-dir", dir, "--initial-cluster", all,
		"--listen-peer-urls", m.peerURL(), "--initial-advertise-peer-urls", m.peerURL(),
		"--listen-client-urls", c.endpoint(m) + "," + c.endpointAt(loopback), "--advertise-client-urls", c.endpoint(m),
		"--heartbeat-interval", strconv.Itoa(memberTick), "--election-timeout", strconv.Itoa(memberElection),
		"--log-level", "error",
	}
	if c.certs == nil {
		return args
	}
	args = append(args, "--auth-token-ttl", strconv.Itoa(int(tokenLife/time.Second)), "--bcrypt-cost", "4", // cheap passwords
		"--cert-file", c.certs.server.Cert, "--key-file", c.certs.server.Key)
	if c.secure == byCertificate {
		args = append(args, "--trusted-ca-file", c.certs.ca.File(), "--client-cert-auth")
	}
	return args
}

// loopback is where a member serves the box that it is on.
const loopback = "127.0.0.1"

// endpoint returns the URL where a member serves clients.
func (c *cluster) endpoint(m *member) string { return c.endpointAt(m.address) }

func (c *cluster) endpointAt(address string) string {
	if c.certs != nil {
		return "https://" + address + ":2379"
	}
	return "http://" + address + ":2379"
}

// endpoints returns the URLs of all members, as they are for the box of one of them; empty: for none.
func (c *cluster) endpoints(on string) (urls []string) {
	for _, m := range c.members {
		if m.name == on {
			urls = slices.Insert(urls, 0, c.endpointAt(loopback))
		} else {
			urls = append(urls, c.endpoint(m))
		}
	}
	return urls
}

// dial returns a client of the cluster in a namespace.
func (c *cluster) dial(ns *netlab.NS) (*clientv3.Client, error) {
	cfg := clientv3.Config{Endpoints: c.endpoints(""), Username: c.user.name, Password: c.user.password, DialTimeout: 5 * time.Second, DialOptions: []grpc.DialOption{grpc.WithContextDialer(func(ctx context.Context, address string) (conn net.Conn, err error) {
		err = ns.Do(func() error {
			conn, err = new(net.Dialer).DialContext(ctx, "tcp", address)
			return err
		})
		return conn, err
	})}}
	if c.certs != nil {
		cfg.TLS = c.certs.ca.Client(c.user.cert)
	}
	return clientv3.New(cfg)
}

// start starts a member, again if it has ended.
func (m *member) start(t testing.TB) {
	t.Helper()
	cmd, err := m.command()
	if err != nil {
		t.Fatal(err)
	}
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdin = in
	p := m.ns.Launch(t, cmd)
	m.Process = p
	_ = in.Close() // the process has its own
	t.Cleanup(func() {
		p.Kill(t) // to end in order takes seconds without a quorum
		_ = out.Close()
	})
}

// command returns the command that runs a member.
func (m *member) command() (*exec.Cmd, error) {
	if program := os.Getenv(etcdEnv); program != "" {
		return exec.Command(program, m.args...), nil
	}
	return roleCommand("member", m.args)
}

// version returns the version of the cluster.
func (c *cluster) version() string {
	st, err := c.status(c.members[0])
	if err != nil {
		return err.Error()
	}
	return st.Version
}

func (c *cluster) status(m *member) (*clientv3.StatusResponse, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	return c.client.Status(ctx, c.endpoint(m))
}

// awaitQuorum waits until the cluster answers.
func (c *cluster) awaitQuorum() {
	c.t.Helper()
	netlab.Await(c.t, "an answer of etcd", func() bool {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_, err := c.client.Get(ctx, "/none")
		return err == nil
	})
}

// awaitAll waits until each member answers after it has asked the leader. After a cut that takes as long
// as TCP needs to repeat what was lost, and a second failure before it costs an election.
func (c *cluster) awaitAll() {
	c.t.Helper()
	for _, m := range c.members {
		client, err := c.dial(c.members[len(c.members)-1].ns)
		if err != nil {
			c.t.Fatal(err)
		}
		client.SetEndpoints(c.endpoint(m))
		netlab.Await(c.t, "an answer of etcd's member "+m.name, func() bool {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			_, err := client.Get(ctx, "/none")
			return err == nil
		})
		_ = client.Close() // has done its work
	}
}

// member returns the member with a name; nil without one.
func (c *cluster) member(name string) *member {
	for _, m := range c.members {
		if m.name == name {
			return m
		}
	}
	return nil
}

// leader returns the member that leads.
func (c *cluster) leader() *member {
	c.t.Helper()
	var leader *member
	netlab.Await(c.t, "a leader of etcd", func() bool {
		for _, m := range c.members {
			if m.Ended() {
				continue
			}
			if st, err := c.status(m); err == nil && st.Leader == st.Header.MemberId {
				leader = m
			}
		}
		return leader != nil
	})
	return leader
}

// lead makes a member the leader.
func (c *cluster) lead(name string) {
	c.t.Helper()
	to := c.member(name)
	netlab.Await(c.t, "the leader of etcd on "+name, func() bool {
		st, err := c.status(to)
		if err != nil {
			return false
		}
		if st.Leader == st.Header.MemberId {
			return true
		}
		_ = c.move(c.leader(), st.Header.MemberId) // tried again, and looked at then
		return false
	})
}

// move makes a leader give its role to another member.
func (c *cluster) move(from *member, to uint64) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	one, err := c.dial(c.members[len(c.members)-1].ns)
	if err != nil {
		return err
	}
	defer one.Close()
	one.SetEndpoints(c.endpoint(from)) // only the leader accepts it
	_, err = one.MoveLeader(ctx, to)
	return err
}

// kill kills members, or all of them without a name.
func (c *cluster) kill(names ...string) {
	c.t.Helper()
	for _, m := range c.chosen(names) {
		m.Kill(c.t)
	}
}

// revive starts members that have ended, or all without a name.
func (c *cluster) revive(names ...string) {
	c.t.Helper()
	for _, m := range c.chosen(names) {
		if m.Ended() {
			m.start(c.t)
		}
	}
}

func (c *cluster) chosen(names []string) (chosen []*member) {
	for _, m := range c.members {
		if len(names) == 0 || slices.Contains(names, m.name) {
			chosen = append(chosen, m)
		}
	}
	return chosen
}
