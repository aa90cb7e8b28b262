package chassis_test

import (
	"errors"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond/chassis"
	"github.com/lagkit/lagkit/bond/chassis/chassistest"
	"github.com/lagkit/lagkit/lacp"
)

// machine returns a Machine of chassis B in a group with A and C, which starts at 1 s, able to carry
// the LAG, and its store says v.
func machine(t *testing.T, v *chassis.View, change func(*chassis.Config)) *node {
	t.Helper()
	n := &node{t: t, rate: 1}
	c := chassis.Config{Me: "B", Others: []chassis.ID{"A", "C"}, Boot: 7, Hold: hold}
	if change != nil {
		change(&c)
	}
	m, err := chassis.New(time.Second, c)
	if err != nil {
		t.Fatal(err)
	}
	n.Machine = m
	n.do(time.Second, func(at time.Duration) { m.SetScore(at, 2) })
	n.serve(time.Second, v, chassis.OpRead)
	return n
}

// hears gives the machine a message of another chassis with a score.
func (n *node) hears(now time.Duration, from chassis.ID, score int, change func(*chassis.Message)) {
	n.t.Helper()
	g := chassis.Message{From: from, To: "B", Boot: 1, Seq: 1, Epoch: n.Status(n.clock(now)).View.Epoch, Members: n.sent[0].Members, Score: score}
	if change != nil {
		change(&g)
	}
	n.do(now, func(at time.Duration) { n.Receive(at, g) })
}

// members returns the digest of the group of machine.
func members(t *testing.T) uint64 {
	var v chassis.View
	return machine(t, &v, nil).sent[0].Members
}

// activeB returns a machine that carries the LAG, and its store.
func activeB(t *testing.T, change func(*chassis.Config)) (*node, *chassis.View) {
	t.Helper()
	v := new(chassis.View)
	n := machine(t, v, change)
	n.serve(time.Second, v, chassis.OpClaim)
	if !n.passes(time.Second) {
		t.Fatalf("permission %+v after the claim", n.permit)
	}
	return n, v
}

func TestReasons(t *testing.T) {
	n := newNode(t, time.Second, 0, 1, "B", "A")
	if n.permit.Code != lacp.ReasonNoStore || n.permit.Until != 0 {
		t.Errorf("before the store answers: %+v, want NoStore", n.permit)
	}
	v := chassis.View{Revision: 5, Active: "A", Epoch: 5, Members: members(t)}
	n = machine(t, &v, nil)
	if n.permit.Code != lacp.ReasonStandbyChassis || n.permit.Have != "A" {
		t.Errorf("A is active: %+v, want StandbyChassis (A)", n.permit)
	}
	n.do(time.Second, func(at time.Duration) { n.SetScore(at, 0) })
	if n.permit.Code != lacp.ReasonNotReady {
		t.Errorf("score 0: %+v, want NotReady", n.permit)
	}
	v.Members++
	n = machine(t, &v, nil)
	if n.permit.Code != lacp.ReasonChassisDiffers || n.permit.Have == n.permit.Want {
		t.Errorf("A counts on another group: %+v, want ChassisDiffers with two values", n.permit)
	}
	b, _ := activeB(t, nil)
	now := time.Second + hold
	b.do(now, func(at time.Duration) { b.Advance(at) })
	if b.permit.Code != lacp.ReasonPermissionLost || b.permit.Until != 0 || b.permit.Epoch != 0 {
		t.Errorf("after the hold time: %+v, want PermissionLost", b.permit)
	}
}

// The permission counts from when a read was sent, whenever the answer comes.
func TestPermissionCountsFromSending(t *testing.T) {
	n, v := activeB(t, nil)
	if got := n.permit.Until; got != time.Second+hold {
		t.Errorf("permission until %v, want %v", got, time.Second+hold)
	}
	sent := n.until(time.Second, v, chassis.OpRead)
	read := n.take(chassis.OpRead)
	late := sent + hold - time.Millisecond
	n.answer(late, read, *v)
	if got := n.permit.Until; got != sent+hold {
		t.Errorf("after a late answer: permission until %v, want %v", got, sent+hold)
	}
	sent = n.until(late, v, chassis.OpRead)
	read = n.take(chassis.OpRead)
	n.answer(sent+hold, read, *v)
	if n.passes(sent + hold) {
		t.Error("an answer that came after the hold time gives a permission")
	}
}

// A view with a higher revision is known: an answer from before it counts for nothing.
func TestOlderViews(t *testing.T) {
	v := chassis.View{Revision: 5, Active: "A", Epoch: 5, Members: members(t)}
	n := machine(t, &v, nil)
	n.do(time.Second, func(at time.Duration) { n.Poke(at) })
	old, before := n.take(chassis.OpRead), v
	now := n.until(time.Second, &v, chassis.OpRead) // the answer is late, so it asks again
	v.Revision, v.Active, v.Epoch = 6, "C", 6
	n.serve(now, &v, chassis.OpRead)
	n.answer(now, old, before)
	if got := n.Status(now).View; got != v {
		t.Errorf("view %+v, want %+v", got, v)
	}
}

func TestActiveChassisVetoes(t *testing.T) {
	n, v := activeB(t, nil)
	v.Revision++
	v.Intent, v.IntentRev = "A", v.Revision
	n.do(time.Second, func(at time.Duration) { n.Poke(at) })
	now := time.Second + 50*time.Millisecond
	n.answer(now, n.take(chassis.OpRead), *v)
	if got := n.permit.Until; got != time.Second+hold {
		t.Errorf("a view with a foreign intent: permission until %v, want %v as before", got, time.Second+hold)
	}
	n.serve(now, v, chassis.OpVeto)
	if got := n.permit.Until; got != now+hold || v.Intent != "" {
		t.Errorf("after the veto: permission until %v, store %+v; want %v, no intent", got, *v, now+hold)
	}
	v.Revision++
	v.Intent, v.IntentRev = "A", v.Revision
	n.do(now, func(at time.Duration) { n.SetScore(at, 0) })
	n.do(now, func(at time.Duration) { n.Poke(at) })
	n.serve(now, v, chassis.OpRead)
	if n.has(chassis.OpVeto) {
		t.Error("a chassis that can't carry the LAG vetoes another one")
	}
}

// An own intent that is left over does no harm, and is removed.
func TestActiveChassisRemovesItsIntent(t *testing.T) {
	n, v := activeB(t, nil)
	v.Revision++
	v.Intent, v.IntentRev = "B", v.Revision
	n.do(time.Second, func(at time.Duration) { n.Poke(at) })
	n.serve(time.Second, v, chassis.OpRead)
	n.serve(time.Second, v, chassis.OpVeto)
	if v.Intent != "" {
		t.Errorf("store %+v, want no intent", *v)
	}
}

// suspicious returns a machine that has written its intent, as chassis A, the active one, is silent. It
// returns when.
func suspicious(t *testing.T) (*node, *chassis.View, time.Duration) {
	t.Helper()
	v := &chassis.View{Revision: 5, Active: "A", Epoch: 5, Members: members(t)}
	n := machine(t, v, nil)
	now := n.until(time.Second, v, chassis.OpIntent)
	if want := time.Second + hold*7/10; now < want || now > want+time.Millisecond {
		t.Fatalf("the intent comes at %v, want %v", now, want)
	}
	n.serve(now, v, chassis.OpIntent)
	return n, v, now
}

func TestTakeover(t *testing.T) {
	n, v, now := suspicious(t)
	claimed := n.until(now, v, chassis.OpClaim)
	if waited := claimed - now; waited < hold*105/100 || waited > hold*106/100 {
		t.Errorf("the claim comes %v after the intent, want a little more than 1.05 times %v", waited, hold)
	}
	n.serve(claimed, v, chassis.OpClaim)
	if v.Active != "B" || n.permit.Until != claimed+hold {
		t.Errorf("store %+v, permission %+v; want B active", *v, n.permit)
	}
}

func TestSuspicionThatWasWrong(t *testing.T) {
	n, v, now := suspicious(t)
	n.hears(now, "A", 2, nil)
	n.serve(now, v, chassis.OpVeto)
	if v.Intent != "" {
		t.Fatalf("A is heard: store %+v, want no intent", *v)
	}
	for _, pause := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, 16 * time.Second} {
		next := n.until(now, v, chassis.OpIntent)
		if got := next - now; got < pause || got > pause+time.Millisecond {
			t.Errorf("the next intent comes after %v, want %v", got, pause)
		}
		n.serve(next, v, chassis.OpIntent)
		v.Revision++ // A vetoes it
		v.Intent, v.IntentRev = "", 0
		n.do(next, func(at time.Duration) { n.Poke(at) })
		n.serve(next, v, chassis.OpRead)
		now = next
	}
	n.do(now, func(at time.Duration) { n.Gone(at, "A", 0) })
	if !n.has(chassis.OpIntent) {
		t.Error("the end of A's process causes no intent at once")
	}
}

// A chassis that has an intent in the store grants nothing.
func TestNoGrantWithIntent(t *testing.T) {
	n, v, now := suspicious(t)
	v.Holder = 8
	asks := func(g *chassis.Message) { g.Asks, g.Seq, g.Boot = true, 9, 8 }
	granted := func() bool {
		last := n.sent[len(n.sent)-1]
		return last.GrantSeq == 9 && last.GrantBoot == 8 && last.To == "A"
	}
	if n.hears(now, "A", 2, asks); granted() {
		t.Error("a grant with an own intent in the store")
	}
	n.serve(now, v, chassis.OpVeto)
	if n.hears(now, "A", 2, asks); !granted() {
		t.Errorf("no grant after the intent was removed: %+v", n.sent[len(n.sent)-1])
	}
	for what, change := range map[string]func(*chassis.Message){
		"of another epoch": func(g *chassis.Message) { g.Epoch-- },
		"of another group": func(g *chassis.Message) { g.Members++ },
		"of a standby one": func(g *chassis.Message) { g.From = "C" },
		"for another one":  func(g *chassis.Message) { g.To = "C" },
	} {
		n.sent = n.sent[:1]
		n.hears(now, "A", 2, func(g *chassis.Message) { asks(g); change(g) })
		if last := n.sent[len(n.sent)-1]; last.GrantSeq != 0 {
			t.Errorf("a request %s is granted: %+v", what, last)
		}
	}
}

// An intent that its owner has left behind does not stand in the way for ever.
func TestStaleIntent(t *testing.T) {
	v := &chassis.View{Revision: 6, Active: "A", Epoch: 5, Members: members(t), Intent: "C", IntentRev: 6}
	n := machine(t, v, nil)
	now := n.until(time.Second, v, chassis.OpVeto)
	if waited := now - time.Second; waited < 3*hold || waited > 4*hold {
		t.Errorf("the intent of C is removed after %v, want 3 fence times", waited)
	}
	n.serve(now, v, chassis.OpVeto)
	if !n.has(chassis.OpIntent) {
		t.Errorf("transactions %+v, want an intent of B", n.ops)
	}
}

// The best chassis gets the LAG of one that can't carry it any more. It is kept without one.
func TestHandOverToTheBest(t *testing.T) {
	n, v := activeB(t, nil)
	now := 2 * time.Second
	n.pass(time.Second, now, v)
	n.do(now, func(at time.Duration) { n.SetScore(at, 0) })
	if n.has(chassis.OpRelease) || !n.passes(now) {
		t.Fatal("the LAG was given away although no other chassis was heard")
	}
	n.hears(now, "A", 0, nil)
	if n.has(chassis.OpRelease) {
		t.Fatal("the LAG was given to a chassis that can't carry it")
	}
	n.do(now, func(at time.Duration) { n.SetScore(at, 2) })
	n.hears(now, "A", 1, nil)
	n.hears(now, "C", 3, func(g *chassis.Message) { g.Members++ }) // of another group
	if n.has(chassis.OpRelease) || n.HandOver(now, "C") == nil || n.HandOver(now, "D") == nil {
		t.Fatal("the LAG was given away without need, or to a chassis of another group")
	}
	n.hears(now, "C", 2, nil)
	n.do(now, func(at time.Duration) { n.SetScore(at, 0) })
	if n.passes(now) {
		t.Error("frames pass although the release is sent")
	}
	n.serve(now, v, chassis.OpRelease)
	if v.Active != "C" || n.permit.Code != lacp.ReasonNotReady {
		t.Errorf("store %+v, permission %+v; want C active", *v, n.permit)
	}
}

// An epoch whose release was sent is never used again: the chassis claims the LAG if the release was
// lost.
func TestLostRelease(t *testing.T) {
	n, v := activeB(t, nil)
	now := 2 * time.Second
	n.pass(time.Second, now, v)
	n.hears(now, "A", 2, nil)
	if err := n.HandOver(now, "A"); err != nil {
		t.Fatal(err)
	}
	n.do(now, func(time.Duration) {})
	lost := n.take(chassis.OpRelease)
	n.do(now, func(at time.Duration) { n.Result(at, lost.Request, chassis.View{}, errors.New("no answer")) })
	n.do(now, func(at time.Duration) { n.Gone(at, "A", 0) })
	n.serve(now, v, chassis.OpRead)
	if n.passes(now) {
		t.Error("frames pass in an epoch whose release may still take effect")
	}
	n.serve(now, v, chassis.OpClaim)
	if !n.passes(now) || lost.Op.Apply(v) {
		t.Errorf("permission %+v; want one, and a release that fails", n.permit)
	}
}

func TestPreferredChassis(t *testing.T) {
	n, v := activeB(t, func(c *chassis.Config) { c.Prefer, c.RestoreDelay = "A", 10*time.Second })
	now := time.Second
	for ; now < 30*time.Second && !n.has(chassis.OpRelease); now += 10 * time.Millisecond {
		n.hears(now, "A", 2, nil)
		if n.has(chassis.OpRead) {
			n.serve(now, v, chassis.OpRead)
		}
		if now == 5*time.Second {
			n.hears(now, "A", 0, nil) // and well again 10 ms later
		}
	}
	if now < 15*time.Second || now > 15*time.Second+100*time.Millisecond {
		t.Errorf("the LAG goes to the preferred chassis at %v, want 10 s after it was last unable, at 5 s", now)
	}
	n.serve(now, v, chassis.OpRelease)
	if v.Active != "A" {
		t.Errorf("store %+v, want A active", *v)
	}
}

// A proof of death needs no fence time. It is a proof only for the life that held this epoch.
func TestProofOfDeath(t *testing.T) {
	for _, c := range []struct {
		what       string
		configured bool
		boot       uint64 // of the life that has ended
		epoch      uint64 // that it held the LAG in
		after      chassis.OpKind
	}{
		{"no proof", false, 1, 5, chassis.OpIntent},
		{"proof", true, 1, 5, chassis.OpClaim},
		{"of an unknown life", true, 0, 5, chassis.OpIntent},
		{"held an earlier epoch", true, 1, 4, chassis.OpIntent},
		{"an earlier life", true, 3, 5, chassis.OpRead},
	} {
		v := &chassis.View{Revision: 5, Active: "A", Epoch: 5, Members: members(t)}
		n := machine(t, v, func(g *chassis.Config) { g.GoneIsProof = c.configured })
		n.hears(time.Second, "A", 2, func(g *chassis.Message) { g.Asks, g.Epoch = true, c.epoch })
		n.do(time.Second, func(at time.Duration) { n.Poke(at) })
		n.serve(time.Second, v, chassis.OpRead)
		n.do(time.Second, func(at time.Duration) { n.Gone(at, "A", c.boot) })
		if c.after == chassis.OpRead && len(n.ops) == 0 {
			continue // it goes on as if nothing had happened
		}
		if !n.has(c.after) || len(n.ops) != 1 {
			t.Errorf("%s: transactions %+v, want one %v", c.what, n.ops, c.after)
		}
	}
}

// A life that is heard after its end was reported has not ended.
func TestProofThatWasWrong(t *testing.T) {
	v := &chassis.View{Revision: 5, Active: "A", Epoch: 5, Members: members(t)}
	n := machine(t, v, func(g *chassis.Config) { g.GoneIsProof = true })
	asks := func(g *chassis.Message) { g.Asks = true }
	n.hears(time.Second, "A", 2, asks)
	n.do(time.Second, func(at time.Duration) { n.Gone(at, "A", 1) })
	n.ops = nil // the claim was lost
	n.hears(time.Second, "A", 2, asks)
	now := n.until(time.Second, v, chassis.OpRead)
	if n.serve(now, v, chassis.OpRead); n.has(chassis.OpClaim) {
		t.Errorf("A is heard again: transactions %+v, want no claim", n.ops)
	}
}

// Chassis that count on other times than the active one neither take over nor grant.
func TestTimesAreOfTheGroup(t *testing.T) {
	seen := map[uint64]string{}
	for what, change := range map[string]func(*chassis.Config){
		"none": nil, "Hold": func(c *chassis.Config) { c.Hold++ }, "Drift": func(c *chassis.Config) { c.Drift = 0.03 },
	} {
		n := machine(t, new(chassis.View), change)
		if other, same := seen[n.sent[0].Members]; same {
			t.Errorf("the digest is the same with a change of %s and of %s", what, other)
		}
		seen[n.sent[0].Members] = what
	}
}

// A transaction that was not answered is not repeated before a read shows what became of it.
func TestUnknownOutcome(t *testing.T) {
	v := new(chassis.View)
	n := machine(t, v, nil)
	claim := n.take(chassis.OpClaim)
	now := n.until(time.Second, v, chassis.OpRead)
	if n.has(chassis.OpClaim) || now < time.Second+hold/4 {
		t.Fatalf("at %v: transactions %+v, want a read after a quarter of the hold time", now, n.ops)
	}
	claim.Op.Apply(v)
	n.serve(now, v, chassis.OpRead)
	if n.permit.Until != now+hold || n.has(chassis.OpClaim) {
		t.Errorf("the claim has taken effect: permission %+v, transactions %+v", n.permit, n.ops)
	}
}

func TestConfigErrors(t *testing.T) {
	valid := chassis.Config{Me: "A", Others: []chassis.ID{"B"}, Boot: 1}
	if _, err := chassis.New(0, valid); err != nil {
		t.Fatal(err)
	}
	for field, changes := range map[string][]func(*chassis.Config){
		"Me":           {func(c *chassis.Config) { c.Me = "" }},
		"Others":       {func(c *chassis.Config) { c.Others = []chassis.ID{""} }, func(c *chassis.Config) { c.Others = []chassis.ID{"A"} }, func(c *chassis.Config) { c.Others = []chassis.ID{"B", "B"} }, func(c *chassis.Config) { c.Others = make([]chassis.ID, 15) }},
		"Boot":         {func(c *chassis.Config) { c.Boot = 0 }},
		"Hold":         {func(c *chassis.Config) { c.Hold = 299 * time.Millisecond }, func(c *chassis.Config) { c.Hold = 10*time.Second + 1 }},
		"Drift":        {func(c *chassis.Config) { c.Drift = -0.1 }, func(c *chassis.Config) { c.Drift = 0.11 }},
		"Contact":      {func(c *chassis.Config) { c.Contact = 2 * time.Second }},
		"Beat":         {func(c *chassis.Config) { c.Beat = 1 }},
		"Suspect":      {func(c *chassis.Config) { c.Suspect = -1 }},
		"MinScore":     {func(c *chassis.Config) { c.MinScore = -1 }},
		"Prefer":       {func(c *chassis.Config) { c.Prefer = "C" }},
		"RestoreDelay": {func(c *chassis.Config) { c.RestoreDelay = -1 }},
		"OnIsolation":  {func(c *chassis.Config) { c.OnIsolation = 2 }},
	} {
		for _, change := range changes {
			c := valid
			change(&c)
			var refused *lacp.FieldError
			if _, err := chassis.New(0, c); !errors.As(err, &refused) || refused.Field != field {
				t.Errorf("%+v: %v, want a FieldError of %s", c, err, field)
			}
		}
	}
}

// A chassis whose list of the group differs neither takes over, nor grants, nor counts on grants.
func TestAnotherGroup(t *testing.T) {
	v := &chassis.View{Revision: 5, Active: "A", Epoch: 5, Members: members(t) + 1}
	n := machine(t, v, nil)
	n.hears(time.Second, "A", 2, func(g *chassis.Message) { g.Asks, g.Seq = true, 9 })
	if last := n.sent[len(n.sent)-1]; last.GrantSeq != 0 {
		t.Errorf("a grant to a chassis that claimed for another group: %+v", last)
	}
	for now := time.Second; now < 20*time.Second; now += 10 * time.Millisecond {
		n.do(now, func(at time.Duration) { n.Advance(at) })
		if n.has(chassis.OpRead) {
			n.serve(now, v, chassis.OpRead)
		}
		if len(n.ops) > 0 {
			t.Fatalf("transactions %+v, want none but reads", n.ops)
		}
	}
	v.Revision, v.Intent, v.IntentRev = 6, "B", 6 // of an earlier life
	n.do(20*time.Second, func(at time.Duration) { n.Poke(at) })
	n.serve(20*time.Second, v, chassis.OpRead)
	n.serve(20*time.Second, v, chassis.OpVeto)
	v.Revision, v.Epoch, v.Active = 9, 9, "B" // A hands over, for its group
	n.do(20*time.Second, func(at time.Duration) { n.Poke(at) })
	n.serve(20*time.Second, v, chassis.OpRead)
	if n.passes(20 * time.Second) {
		t.Error("frames pass before the chassis has claimed for its own group")
	}
	n.serve(20*time.Second, v, chassis.OpClaim)
	if !n.passes(20*time.Second) || v.Members != members(t) {
		t.Errorf("permission %+v, store %+v; want B active for its group", n.permit, *v)
	}
}

// A request of an earlier epoch gives nothing in a later one.
func TestGrantForAnEarlierEpoch(t *testing.T) {
	n, v := activeB(t, nil)
	read := time.Second + 110*time.Millisecond
	n.pass(time.Second, read, v)
	n.do(read, func(at time.Duration) { n.Poke(at) })
	newer := n.take(chassis.OpRead)
	now := time.Second + 210*time.Millisecond
	n.do(now, func(at time.Duration) { n.Advance(at) })
	asked := n.sent[len(n.sent)-1]
	v.Revision++
	v.Epoch = v.Revision
	n.answer(now, newer, *v)
	for _, id := range []chassis.ID{"A", "C"} {
		n.hears(now, id, 2, func(g *chassis.Message) { g.GrantBoot, g.GrantSeq = asked.Boot, asked.Seq })
	}
	if want := read + hold; !asked.Asks || asked.Epoch == v.Epoch || n.permit.Until != want {
		t.Errorf("after grants for %+v: permission until %v, want %v", asked, n.permit.Until, want)
	}
}

// Only the end of the process is a proof of death, not its silence.
func TestSilenceIsNoProof(t *testing.T) {
	proof := func(c *chassis.Config) { c.GoneIsProof = true }
	v := &chassis.View{Revision: 5, Active: "A", Epoch: 5, Members: members(t)}
	n := machine(t, v, proof)
	n.until(time.Second, v, chassis.OpIntent)
	if n.has(chassis.OpClaim) {
		t.Error("a claim without an intent because of silence")
	}
	v.Active = "Z" // which is not of the group
	n = machine(t, v, proof)
	if !n.has(chassis.OpIntent) {
		t.Errorf("transactions %+v, want an intent", n.ops)
	}
}

func TestIntentOfAChassisThatFails(t *testing.T) {
	n, v, now := suspicious(t)
	n.do(now, func(at time.Duration) { n.SetScore(at, 0) })
	n.serve(now, v, chassis.OpVeto)
	if v.Intent != "" || len(n.ops) != 0 {
		t.Errorf("store %+v, transactions %+v; want no intent", *v, n.ops)
	}
}

func TestHeartbeatsAreHints(t *testing.T) {
	v := &chassis.View{Revision: 5, Active: "A", Epoch: 5, Members: members(t)}
	n := machine(t, v, nil)
	if n.hears(time.Second, "A", 2, nil); len(n.ops) != 0 || n.sent[len(n.sent)-1].GrantSeq != 0 {
		t.Errorf("a heartbeat that asks for nothing: transactions %+v, sent %+v", n.ops, n.sent[len(n.sent)-1])
	}
	if n.hears(time.Second, "A", 2, func(g *chassis.Message) { g.Epoch++ }); !n.has(chassis.OpRead) {
		t.Error("a heartbeat with a newer epoch causes no read")
	}
	n.serve(time.Second, v, chassis.OpRead)
	n.hears(time.Second+hold-time.Millisecond, "A", 2, nil)
	if len(n.ops) != 0 {
		t.Errorf("a standby chassis reads more often than each %v: %+v", hold, n.ops)
	}
}

func TestPermitOfAnOpenPath(t *testing.T) {
	var empty chassis.View
	n := machine(t, &empty, nil)
	if n.permit.Code != lacp.ReasonPermissionLost {
		t.Errorf("no chassis is active: %+v, want PermissionLost", n.permit)
	}
	b, v := activeB(t, nil)
	if want := (chassis.Permit{Until: time.Second + hold, Epoch: v.Epoch}); b.permit != want {
		t.Errorf("permission %+v, want %+v", b.permit, want)
	}
	now := time.Second + 100*time.Millisecond
	v.Revision++
	v.Intent, v.IntentRev = "B", v.Revision // of another life under this name
	b.do(now, func(at time.Duration) { b.Poke(at) })
	b.serve(now, v, chassis.OpRead)
	if b.permit.Until != time.Second+hold {
		t.Errorf("with an intent under the own name: permission until %v, want %v as before", b.permit.Until, time.Second+hold)
	}
	if b.serve(now, v, chassis.OpVeto); v.Intent != "" || b.permit.Until != now+hold {
		t.Errorf("after the veto: intent of %q, permission until %v; want none, %v", v.Intent, b.permit.Until, now+hold)
	}
}

func TestConfigValues(t *testing.T) {
	v := new(chassis.View)
	n := machine(t, v, func(c *chassis.Config) { c.MinScore, c.Prefer = 3, "B" })
	if n.has(chassis.OpClaim) || n.permit.Want != "at least 3" {
		t.Errorf("score 2 of at least 3: transactions %+v, permission %+v", n.ops, n.permit)
	}
	n.do(2*time.Second, func(at time.Duration) { n.Advance(at) })
	if got := n.sent[len(n.sent)-1].Score; got != 2 {
		t.Errorf("score 2 of at least 3: score %d in heartbeats, want 2", got)
	}
	for k, want := range map[chassis.OpKind]string{chassis.OpRead: "read", chassis.OpRelease: "release", 9: "OpKind(9)"} {
		if k.String() != want {
			t.Errorf("String() = %q, want %q", k.String(), want)
		}
	}
}

func TestApply(t *testing.T) { chassistest.TestStore(t, chassistest.NewMemory().Open) }
