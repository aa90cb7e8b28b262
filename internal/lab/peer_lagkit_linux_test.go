package lab

import (
	"fmt"
	"syscall"
	"testing"
	"time"
)

// lagkitPeer is lacpd.
type lagkitPeer struct {
	namespacePeer
	lacpd *lacpd
}

func newLagkitPeer(t testing.TB, cfg peerConfig) peer {
	t.Helper()
	return &lagkitPeer{namespacePeer: newNamespacePeer(t, cfg)}
}

func (p *lagkitPeer) start(t testing.TB) {
	t.Helper()
	p.lacpd = startLacpd(t, p.near, lacpdConfig{members: p.interfaces, passive: p.cfg.passive, fast: !p.cfg.slow, ip: p.cfg.ip()})
}

func (p *lagkitPeer) restart(t testing.TB) {
	t.Helper()
	p.lacpd.signal(t, syscall.SIGKILL)
	<-p.lacpd.done
	p.lacpd.run(t, p.near)
}

func (p *lagkitPeer) leave(t testing.TB) {
	t.Helper()
	p.lacpd.signal(t, syscall.SIGTERM)
	select {
	case <-p.lacpd.done:
	case <-time.After(5 * time.Second):
		t.Fatal("lacpd does not end")
	}
}

func (p *lagkitPeer) show(t testing.TB) string {
	if p.lacpd == nil || p.lacpd.ended() {
		return "lacpd does not run"
	}
	return fmt.Sprintf("lacpd: %+v", p.lacpd.status(t))
}
