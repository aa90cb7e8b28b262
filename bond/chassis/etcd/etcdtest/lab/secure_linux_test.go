package lab

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/lagkit/lagkit/internal/netlab"
	"github.com/lagkit/lagkit/internal/testca"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// security is how etcd knows its clients.
type security string

const (
	open          security = ""
	byCertificate security = "certificates" // that name their users
	byPassword    security = "passwords"    // over TLS
)

// login is how a client shows who it is.
type login struct {
	name, password string
	cert           testca.Pair
}

// The users of an etcd with authentication. That of the boxes may use the keys of the group only.
const (
	rootUser, rootPassword = "root", "of the test"
	boxUser, boxPassword   = "box", "of the boxes"

	groupPrefix = "/lagkit/v1/" + groupName + "/"
)

// authenticate makes the cluster ask its clients who they are.
func (c *cluster) authenticate() {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), netlab.Patience)
	defer cancel()
	must := func(_ any, err error) {
		c.t.Helper()
		if err != nil {
			c.t.Fatal(err)
		}
	}
	must(c.client.RoleAdd(ctx, "root"))
	must(c.client.UserAdd(ctx, rootUser, rootPassword))
	must(c.client.UserGrantRole(ctx, rootUser, "root"))
	must(c.client.RoleAdd(ctx, "group"))
	must(c.client.RoleGrantPermission(ctx, "group", groupPrefix, clientv3.GetPrefixRangeEnd(groupPrefix), clientv3.PermissionType(clientv3.PermReadWrite)))
	must(c.client.UserAdd(ctx, boxUser, boxPassword))
	must(c.client.UserGrantRole(ctx, boxUser, "group"))
	must(c.client.AuthEnable(ctx))
	must(nil, c.client.Close())
	if c.secure == byPassword {
		c.user = login{name: rootUser, password: rootPassword}
	}
	var err error
	c.client, err = c.dial(c.members[len(c.members)-1].ns)
	must(nil, err)
}

// With TLS, authentication, and tokens that end each few seconds, all works as without.
func TestSecureEtcd(t *testing.T) {
	for _, secure := range []security{byCertificate, byPassword} {
		t.Run(string(secure), func(t *testing.T) {
			needLong(t)
			b := newBed(t, options{secure: secure, hold: calm})
			start := time.Now()
			v := b.run(3*tokenLife, func() {})
			t.Logf("nothing happens, for longer than a token lasts: %v", v)
			b.unharmed(v, b.boxes[0], start)
			start = time.Now()
			v = b.run(time.Second, func() { b.boxes[0].handOver(b.boxes[1]) })
			t.Logf("planned change: %v", v)
			b.movedInOrder(v, b.boxes[0], b.boxes[1], start)
			b.awaitReady(b.boxes[1])
			b.strangersAreRefused()
		})
	}
}

// strangersAreRefused checks that the group's keys can't be read without a user that may.
func (b *bed) strangersAreRefused() {
	b.t.Helper()
	for _, user := range []login{{}, {name: boxUser, password: "wrong"}} {
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		c := *b.etcd
		c.user = user
		client, err := c.dial(c.members[len(c.members)-1].ns)
		if err == nil {
			_, err = client.Get(ctx, groupPrefix, clientv3.WithPrefix())
			err = errors.Join(err, client.Close())
		}
		if err == nil {
			b.t.Errorf("user %q with password %q reads the keys of the group", user.name, user.password)
		}
	}
}
