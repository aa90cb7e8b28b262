package lab

import (
	"context"
	"strconv"
	"strings"
	"syscall"

	"github.com/lagkit/lagkit/internal/netlab"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// compactUnder stops the process of a box, changes more under the keys of the group than the way to
// the box can hold, compacts etcd, and lets the process go on.
func (b *bed) compactUnder(one *box) {
	b.t.Helper()
	one.life().Signal(b.t, syscall.SIGSTOP)
	defer one.life().Signal(b.t, syscall.SIGCONT)
	ctx, cancel := context.WithTimeout(context.Background(), netlab.Patience)
	defer cancel()
	const (
		changes = 64
		keys    = 100
		octets  = 4096
	)
	text := strings.Repeat("x", octets)
	var revision int64
	for range changes {
		var puts []clientv3.Op
		for k := range keys {
			puts = append(puts, clientv3.OpPut(groupPrefix+"lag/other/"+strconv.Itoa(k), text))
		}
		answer, err := b.etcd.client.Txn(ctx).Then(puts...).Commit()
		if err != nil {
			b.t.Fatal(err)
		}
		revision = answer.Header.Revision
	}
	if _, err := b.etcd.client.Compact(ctx, revision, clientv3.WithCompactPhysical()); err != nil {
		b.t.Fatal(err)
	}
}
