package etcdtest

import (
	"context"
	"crypto/tls"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
	"golang.org/x/sys/unix"
	"google.golang.org/grpc"

	"github.com/lagkit/lagkit/bond/chassis"
	"github.com/lagkit/lagkit/bond/chassis/etcd"
	"github.com/lagkit/lagkit/internal/netlab"
	"github.com/lagkit/lagkit/internal/testca"
)

// cluster is a cluster of etcd on this machine.
type cluster struct {
	t       *testing.T
	servers []*server
	scheme  string
	tls     *tls.Config // of the administrator
	options []grpc.DialOption
}

// setup is how a cluster is started.
type setup struct {
	members      int
	program      string     // of a distribution; empty: the server in this test
	ca           *testca.CA // nil: without TLS
	certificates bool       // clients have to show one
	args         []string   // of each member
}

// server is a member.
type server struct {
	t            *testing.T
	name         string
	client, peer string // URLs
	program      string
	args         []string
	log          string // its file
	cmd          *exec.Cmd
}

// start starts a cluster and waits until it has a leader. It ends with the test.
func start(t *testing.T, o setup) *cluster {
	t.Helper()
	if o.members > 1 {
		netlab.Slow(t)
	}
	c := &cluster{t: t, scheme: "http"}
	var common []string
	if o.ca != nil {
		c.scheme = "https"
		c.tls = client(o.ca, "root")
		c.options = []grpc.DialOption{grpc.WithAuthority(c.tls.ServerName)}
		common = o.tlsFlags()
	}
	dir := t.TempDir()
	if o.members == 1 { // it need not wait for the others
		common = append(common, "--heartbeat-interval", "10", "--election-timeout", "100")
	}
	var initial []string
	for i := range o.members {
		name := fmt.Sprintf("m%d", i)
		// An address for each member, so that the ports are free.
		host := fmt.Sprintf("127.%d.%d.%d", 1+rand.IntN(250), rand.IntN(256), 1+rand.IntN(250))
		s := &server{
			t: t, name: name, program: o.program, log: filepath.Join(dir, name+".log"),
			client: c.scheme + "://" + host + ":2379", peer: "http://" + host + ":2380",
		}
		c.servers = append(c.servers, s)
		initial = append(initial, name+"="+s.peer)
	}
	for _, s := range c.servers {
		s.args = append([]string{
			"--name", s.name, "--data-dir", filepath.Join(dir, s.name),
			"--listen-client-urls", s.client, "--advertise-client-urls", s.client,
			"--listen-peer-urls", s.peer, "--initial-advertise-peer-urls", s.peer,
			"--initial-cluster", strings.Join(initial, ","), "--initial-cluster-token", initial[0],
			"--unsafe-no-fsync", "--logger", "zap", "--log-level", "error",
		}, append(common, o.args...)...)
		s.start()
	}
	t.Cleanup(func() {
		for _, s := range c.servers {
			s.kill()
			if t.Failed() {
				log, _ := os.ReadFile(s.log)
				t.Logf("log of %s:\n%.3000s", s.name, log)
			}
		}
	})
	// A client that comes too early waits for a second.
	await(t, "a member serves clients", func() bool {
		conn, err := net.Dial("tcp", c.servers[0].client[len(c.scheme+"://"):])
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	admin := c.admin()
	await(t, "the cluster has a leader", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		_, err := admin.Get(ctx, "x")
		return err == nil
	})
	return c
}

func (s *server) start() {
	s.t.Helper()
	program := s.program
	if program == "" {
		program = os.Args[0]
	}
	s.cmd = exec.Command(program, s.args...)
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // it ends with the test, even if that is killed
	s.cmd.Env = append(os.Environ(), asMember+"=1", "GOMEMLIMIT=200MiB")
	log, err := os.OpenFile(s.log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		s.t.Fatal(err)
	}
	defer log.Close()
	s.cmd.Stdout, s.cmd.Stderr = log, log
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
}

// kill kills the member, if it runs.
func (s *server) kill() {
	if s.cmd != nil {
		_ = s.cmd.Process.Kill() // it may have ended
		_ = s.cmd.Wait()
		s.cmd = nil
	}
}

// stop makes the member hang until proceed.
func (s *server) stop()    { s.signal(unix.SIGSTOP) }
func (s *server) proceed() { s.signal(unix.SIGCONT) }

func (s *server) signal(sig unix.Signal) {
	s.t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.t.Fatal(err)
	}
}

// endpoints returns the URLs of all members.
func (c *cluster) endpoints() (urls []string) {
	for _, s := range c.servers {
		urls = append(urls, s.client)
	}
	return urls
}

// client returns a client of etcd's own.
func (c *cluster) client(o clientv3.Config) *clientv3.Client {
	c.t.Helper()
	o.Endpoints = c.endpoints()
	o.Logger = zap.NewNop()
	admin, err := clientv3.New(o)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { admin.Close() })
	return admin
}

// admin returns the client of an administrator.
func (c *cluster) admin() *clientv3.Client {
	c.t.Helper()
	return c.client(clientv3.Config{TLS: c.tls, DialOptions: c.options})
}

// leader returns the member that leads.
func (c *cluster) leader() *server {
	c.t.Helper()
	admin := c.admin()
	var leader *server
	await(c.t, "a member leads", func() bool {
		for _, s := range c.servers {
			ctx, cancel := context.WithTimeout(c.t.Context(), 2*time.Second)
			st, err := admin.Status(ctx, s.client)
			cancel()
			if err == nil && st.Leader != 0 && st.Leader == st.Header.GetMemberId() {
				leader = s
				return true
			}
		}
		return false
	})
	return leader
}

// open opens a store of the group of the tests. It ends with the test.
func (c *cluster) open(endpoints ...string) *etcd.Store {
	c.t.Helper()
	if len(endpoints) == 0 {
		endpoints = c.endpoints()
	}
	return openStore(c.t, etcd.Config{Endpoints: endpoints, Group: group})
}

const (
	group  = "nas1"
	prefix = "/lagkit/v1/nas1/"
	lag    = "bond0"
)

// openStore opens a store that ends with the test.
func openStore(t *testing.T, cfg etcd.Config) *etcd.Store {
	t.Helper()
	s, err := etcd.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// do carries out a transaction, which has to be answered, and reports whether it was done.
func do(t *testing.T, s *etcd.Store, op chassis.Op) (chassis.View, bool) {
	t.Helper()
	return doAt(t, s, lag, op)
}

// doAt is do for a LAG.
func doAt(t *testing.T, s *etcd.Store, lag string, op chassis.Op) (v chassis.View, done bool) {
	t.Helper()
	before := sent(s)
	v, done, err := s.Do(t.Context(), lag, op)
	if err != nil {
		t.Fatalf("%v of %s: %v", op.Kind, lag, err)
	}
	if sent(s)-before > 1 { // a member was slow: the comparisons fail where it was carried out before
		done = done || op.Kind == chassis.OpClaim && v.Active == op.Chassis ||
			op.Kind == chassis.OpIntent && v.Intent == op.Chassis || op.Kind == chassis.OpRelease && v.Active == op.To
	}
	return v, done
}

// sent returns how many requests a store has sent to members.
func sent(s *etcd.Store) (n uint64) {
	for _, m := range s.Status().Members {
		n += m.Requests
	}
	return n
}

// await waits until something holds.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	look, late := time.NewTicker(5*time.Millisecond), time.After(patience)
	defer look.Stop()
	for !holds() {
		select {
		case <-look.C:
		case <-late:
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}

// awaitHint waits for a hint of a store.
func awaitHint(t *testing.T, s chassis.Store, why string) {
	t.Helper()
	select {
	case <-s.Changes():
	case <-time.After(patience):
		t.Fatalf("no hint within %v after %s", patience, why)
	}
}

// drain takes the hints that came before.
func drain(s chassis.Store) {
	for {
		select {
		case <-s.Changes():
		default:
			return
		}
	}
}
