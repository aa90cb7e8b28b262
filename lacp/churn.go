package lacp

// The Churn machines, 6.4.17, Figures 6-23 and 6-24. The Actor's watches our own
// Synchronization, the Partner's watches the partner's. Otherwise they are the same.

// nextChurn returns the next state of a Churn machine and the guard that is true;
// causeNone if the machine stays in its state.
func nextChurn(state ChurnState, portEnabled, sync bool, t timer, now instant) (ChurnState, cause) {
	if !portEnabled && state != ChurnMonitor {
		return ChurnMonitor, causePortDisabled
	}
	switch state {
	case ChurnMonitor:
		switch {
		case sync && portEnabled:
			return ChurnNone, causeInSync
		case t.expired(now):
			return Churn, causeChurnExpired
		}
	case ChurnNone:
		if !sync {
			return ChurnMonitor, causeOutOfSync
		}
	case Churn:
		if sync {
			return ChurnNone, causeInSync
		}
	default:
		return ChurnMonitor, causeBegin
	}
	return state, causeNone
}

// stepActorChurn lets the Actor Churn machine take one step and reports whether it took one.
func (s *System) stepActorChurn(p *port) bool {
	sync := p.actor.State.Has(StateSynchronization)
	return s.stepChurn(p, MachineActorChurn, &p.actorChurn, &p.actorChurnTimer, sync, &p.counters.ActorChurns)
}

// stepPartnerChurn lets the Partner Churn machine take one step and reports whether it took one.
func (s *System) stepPartnerChurn(p *port) bool {
	sync := p.partner.State.Has(StateSynchronization)
	return s.stepChurn(p, MachinePartnerChurn, &p.partnerChurn, &p.partnerChurnTimer, sync, &p.counters.PartnerChurns)
}

func (s *System) stepChurn(p *port, m Machine, state *ChurnState, t *timer, sync bool, churns *uint64) bool {
	// While the port is down, the machine stays in MONITOR and its timer does not run.
	if !p.portEnabled {
		t.stop()
	} else if *state == ChurnMonitor && !t.running() {
		t.start(s.now, ChurnDetectionTime)
	}
	to, why := nextChurn(*state, p.portEnabled, sync, *t, s.now)
	if why == causeNone {
		return false
	}
	from := *state
	*state = to
	trace(s, p, m, from, to, why)
	switch to {
	case ChurnMonitor:
		t.stop()
		if p.portEnabled {
			t.start(s.now, ChurnDetectionTime)
		}
	case Churn:
		*churns++
		t.stop()
	case ChurnNone:
		t.stop()
	}
	return true
}
