package fuzz

import (
	"errors"
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// The constants below are the fields of a Config, a PortConfig and a partner that a script
// can change. The functions set them to values, some of them invalid.

// Fields of lacp.Config.
const (
	cfgRequirePartner = iota
	cfgTreatExpiredAsOutOfSync
	cfgAlignPeriodicTx
	cfgWithdrawOnExpired
	cfgNonRevertive
	cfgLinkNotifications
	cfgAdminDown
	cfgMaxLinks
	cfgMinLinks
	cfgMinLinksDown
	cfgAggregators
	cfgWaitToRestore
	cfgStallTolerance
	cfgAggregateWait
	cfgFallback
	cfgFallbackTimeout
	cfgDampening // half-life
	cfgSuppress
	cfgReuse
	cfgMaxPenalty
	cfgCollectorMaxDelay
	cfgDestination
	cfgTrace
	cfgRetryFirstLACPDU
	cfgFields
)

func (r *systemRun) setConfig(field, value byte) {
	c := r.config
	on, n := value&1 != 0, int(value&7)-1
	switch field % cfgFields {
	case cfgRequirePartner:
		c.RequirePartner = on
	case cfgTreatExpiredAsOutOfSync:
		c.TreatExpiredAsOutOfSync = on
	case cfgAlignPeriodicTx:
		c.AlignPeriodicTx = on
	case cfgRetryFirstLACPDU:
		c.RetryFirstLACPDU = on
	case cfgWithdrawOnExpired:
		c.WithdrawOnExpired = on
	case cfgNonRevertive:
		c.NonRevertive = on
	case cfgLinkNotifications:
		c.LinkNotifications = on
	case cfgAdminDown:
		c.AdminDown = on
	case cfgMaxLinks:
		c.MaxLinks = n
	case cfgMinLinks:
		c.MinLinks = n
	case cfgMinLinksDown:
		c.MinLinksDown = n
	case cfgAggregators:
		c.Aggregators = n
	case cfgWaitToRestore:
		c.WaitToRestore = time.Duration(n) * time.Second
	case cfgStallTolerance:
		c.StallTolerance = time.Duration(value) * 50 * time.Millisecond
	case cfgAggregateWait:
		c.AggregateWait = time.Duration(n) * time.Second
	case cfgFallback:
		c.Fallback = lacp.Fallback(value & 3)
	case cfgFallbackTimeout:
		c.FallbackTimeout = time.Duration(n) * time.Second
	case cfgDampening:
		c.Dampening.HalfLife = time.Duration(n) * time.Second
	case cfgSuppress:
		c.Dampening.Suppress = uint32(value) * 100
	case cfgReuse:
		c.Dampening.Reuse = uint32(value) * 100
	case cfgMaxPenalty:
		c.Dampening.Max = uint32(value) * 100
	case cfgCollectorMaxDelay:
		c.CollectorMaxDelay = uint16(value)
	case cfgDestination:
		c.Destination = lacp.MAC{0x01, 0x80, 0xc2, 0, 0, value & 3}
	case cfgTrace:
		c.Trace = nil
		if on {
			c.Trace = r.trace
		}
	}
	r.reconfigure(c, func() error { return r.sys.SetConfig(r.now, c) })
}

// reconfigure changes the configuration to c. The System must reject c if and only if
// NewSystem does, and then change nothing.
func (r *systemRun) reconfigure(c lacp.Config, set func() error) {
	before := r.snapshot()
	_, refused := lacp.NewSystem(c)
	err := set()
	switch {
	case (err == nil) != (refused == nil):
		r.t.Fatalf("NewSystem returned %v, but this System returned %v", refused, err)
	case err != nil:
		r.refused(before, err)
	default:
		r.config = c
		if r.config.System.Priority == 0 {
			r.config.System.Priority = lacp.DefaultPriority
		}
	}
}

// Fields of lacp.PortConfig.
const (
	portPriority = iota
	portKey
	portStaticKey
	portMAC
	portPassive
	portShortTimeout
	portIndividual
	portDisabled
	portCoupledControl
	portTimeoutMultiplier
	portAdminSystem
	portAdminKey
	portAdminState
	portFields
)

func (r *systemRun) setPort(n lacp.PortNumber, field, value byte) {
	p := &r.ports[n-1]
	c, on := p.config, value&1 != 0
	switch field % portFields {
	case portPriority:
		c.Priority = uint16(value)
	case portKey:
		c.Key = lacp.Key(value) << 4
	case portStaticKey:
		c.StaticKey = on
	case portMAC:
		c.MAC[0] = value & 3
	case portPassive:
		c.Passive = on
	case portShortTimeout:
		c.ShortTimeout = on
	case portIndividual:
		c.Individual = on
	case portDisabled:
		c.Disabled = on
	case portCoupledControl:
		c.CoupledControl = on
	case portTimeoutMultiplier:
		c.TimeoutMultiplier = value & 31
	case portAdminSystem:
		c.PartnerAdmin.System.MAC[5] = value
	case portAdminKey:
		c.PartnerAdmin.Key = lacp.Key(value)
	case portAdminState:
		c.PartnerAdmin.State = lacp.State(value)
	}
	before := r.snapshot()
	err := r.sys.SetPort(r.now, c)
	switch {
	case errors.Is(err, lacp.ErrNoPort) && !p.present:
	case err != nil:
		r.refused(before, err)
	default:
		p.config = c
	}
}

// Fields of a partner.
const (
	peerState    = iota
	peerAddress  // 0x0a is our own
	peerGroup    // the first octet of the address
	peerNobody   // zero
	peerPriority // of the System
	peerKey
	peerPort
	peerPortPriority
	peerSame // like the peer of another port
	peerLoop // our own port
	peerGood // as at the start
	peerFields
)

func (r *systemRun) setPeer(p *portRun, field, value byte) {
	switch field % peerFields {
	case peerState:
		p.peer.State = lacp.State(value)
	case peerAddress:
		p.peer.System.MAC[5] = value
	case peerGroup:
		p.peer.System.MAC[0] = value
	case peerNobody:
		p.peer.System = lacp.SystemID{}
	case peerPriority:
		p.peer.System.Priority = uint16(value) << 8
	case peerKey:
		p.peer.Key = lacp.Key(value)
	case peerPort:
		p.peer.Port.Number = lacp.PortNumber(value)
	case peerPortPriority:
		p.peer.Port.Priority = uint16(value)
	case peerSame:
		p.peer = r.ports[value&3].peer
	case peerLoop:
		st, _ := r.sys.Port(lacp.PortNumber(1 + value&3))
		p.peer = st.Actor
	case peerGood:
		p.peer = healthy().Actor
		p.peer.Port.Number = p.config.Number
	}
}
