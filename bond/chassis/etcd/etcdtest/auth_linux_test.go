package etcdtest

import (
	"context"
	"crypto/tls"
	"strings"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/lagkit/lagkit/bond/chassis"
	"github.com/lagkit/lagkit/bond/chassis/chassistest"
	"github.com/lagkit/lagkit/bond/chassis/etcd"
	"github.com/lagkit/lagkit/internal/testca"
)

// enableAuth makes the cluster ask for users: root, and head-a, who has the rights that the package
// comment names.
func (c *cluster) enableAuth(password string) {
	c.t.Helper()
	admin, ctx := c.admin(), c.t.Context()
	noPassword := &clientv3.UserAddOptions{NoPassword: password == ""}
	for _, step := range []func() error{
		func() error { _, err := admin.UserAddWithOptions(ctx, "root", password, noPassword); return err },
		func() error { _, err := admin.UserGrantRole(ctx, "root", "root"); return err },
		func() error { _, err := admin.RoleAdd(ctx, "lagkit-nas1"); return err },
		func() error {
			_, err := admin.RoleGrantPermission(ctx, "lagkit-nas1", prefix, clientv3.GetPrefixRangeEnd(prefix), clientv3.PermissionType(clientv3.PermReadWrite))
			return err
		},
		func() error { _, err := admin.UserAddWithOptions(ctx, "head-a", password, noPassword); return err },
		func() error { _, err := admin.UserGrantRole(ctx, "head-a", "lagkit-nas1"); return err },
		func() error { _, err := admin.AuthEnable(ctx); return err },
	} {
		if err := step(); err != nil {
			c.t.Fatal(err)
		}
	}
}

// refused fails the test unless a store gets an error with a text.
func refused(t *testing.T, cfg etcd.Config, want string) {
	t.Helper()
	s := openStore(t, cfg)
	var last error
	defer func() {
		if t.Failed() {
			t.Logf("the member's last error in status: %v", last)
		}
	}()
	await(t, "the member's error in status has "+want, func() bool {
		last = s.Status().Members[0].Err
		return last != nil && strings.Contains(last.Error(), want)
	})
	// The store goes on trying, so the error comes when the time is over.
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if v, _, err := s.Do(ctx, lag, chassis.Op{}); err == nil {
		t.Errorf("read that is refused with %q: %+v, want an error", want, v)
	}
}

// Clients show a certificate, whose common name is their user.
func TestCertificates(t *testing.T) {
	t.Parallel()
	ca := testca.New(t)
	c := start(t, setup{members: 1, ca: ca, certificates: true})
	c.enableAuth("")
	mine := etcd.Config{Endpoints: c.endpoints(), Group: group, TLS: client(ca, "head-a")}
	chassistest.TestStore(t, func() chassis.Store {
		s, err := etcd.Open(t.Context(), mine)
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
	s := openStore(t, mine)
	await(t, "the store of the user watches", func() bool { return s.Status().Watching })
	theirs := mine
	theirs.Group = "nas2"
	refused(t, theirs, "permission denied")
	theirs = mine
	theirs.TLS = client(ca, "")
	refused(t, theirs, "certificate required")
	theirs.TLS = client(testca.New(t), "head-a") // a CA that the member does not know, and the reverse
	refused(t, theirs, "certificate")
	theirs.TLS = &tls.Config{RootCAs: mine.TLS.RootCAs, Certificates: mine.TLS.Certificates, ServerName: "other.test"}
	refused(t, theirs, "etcd.test")
}

// A password gives a token, which ends when the member restarts: then there is another one.
func TestPassword(t *testing.T) {
	t.Parallel()
	ca := testca.New(t)
	c := start(t, setup{members: 1, ca: ca, args: []string{"--bcrypt-cost", "5"}}) // the cheapest
	c.enableAuth("secret")
	mine := etcd.Config{Endpoints: c.endpoints(), Group: group, TLS: client(ca, ""), User: "head-a", Password: "secret"}
	s := openStore(t, mine)
	v, held := do(t, s, chassis.Op{Kind: chassis.OpClaim, Chassis: "A"})
	if !held {
		t.Errorf("claim: %+v, not held", v)
	}
	publish(t, s, "A", "text")
	await(t, "the store watches", func() bool { return s.Status().Watching })
	c.servers[0].kill()
	c.servers[0].start()
	await(t, "a read is answered with another token", func() bool {
		got, _, err := s.Do(t.Context(), lag, chassis.Op{})
		return err == nil && got.Epoch == v.Epoch
	})
	await(t, "the store watches again", func() bool { return s.Status().Watching })
	publish(t, s, "A", "text of later")
	theirs := mine
	theirs.Group = "nas2"
	refused(t, theirs, "permission denied")
	theirs = mine
	theirs.Password = "wrong"
	refused(t, theirs, "authentication failed")
	theirs.User, theirs.Password = "", ""
	refused(t, theirs, "user name is empty")
}

// A user and a password do no harm to a cluster without authentication.
func TestPasswordIsNotNeeded(t *testing.T) {
	t.Parallel()
	c := start(t, setup{members: 1})
	s := openStore(t, etcd.Config{Endpoints: c.endpoints(), Group: group, User: "head-a", Password: "secret"})
	if _, held := do(t, s, chassis.Op{Kind: chassis.OpClaim, Chassis: "A"}); !held {
		t.Error("claim not held")
	}
}
