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
	cfg := lacpdConfig{members: p.interfaces, passive: p.cfg.passive, fast: !p.cfg.slow, ip: p.cfg.ip()}
	if p.cfg.coupled {
		cfg.more = append(cfg.more, "coupled_control: true")
	}
	if p.cfg.noWait {
		cfg.more = append(cfg.more, "aggregate_wait: 0")
	}
	if p.cfg.limit > 0 {
		cfg.more = append(cfg.more, fmt.Sprintf("max_links: %d", p.cfg.limit))
	}
	p.lacpd = startLacpd(t, p.near, cfg)
}

func (p *lagkitPeer) restart(t testing.TB) {
	t.Helper()
	p.lacpd.Signal(t, syscall.SIGKILL)
	<-p.lacpd.Done
	p.lacpd.run(t, p.near)
}

func (p *lagkitPeer) leave(t testing.TB) {
	t.Helper()
	p.lacpd.Signal(t, syscall.SIGTERM)
	select {
	case <-p.lacpd.Done:
	case <-time.After(5 * time.Second):
		t.Fatal("lacpd does not end")
	}
}

func (p *lagkitPeer) show(t testing.TB) string {
	if p.lacpd == nil || p.lacpd.Ended() {
		return "lacpd does not run"
	}
	return fmt.Sprintf("lacpd: %+v", p.lacpd.status(t))
}
