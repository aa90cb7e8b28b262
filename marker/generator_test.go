package marker_test

import (
	"errors"
	"testing"
	"time"

	"github.com/lagkit/lagkit/lacp"
	"github.com/lagkit/lagkit/marker"
)

var epoch = time.Unix(1000, 0)

func at(d time.Duration) time.Time { return epoch.Add(d) }

// portMAC returns the address of one of our ports.
func portMAC(n lacp.PortNumber) lacp.MAC { return lacp.MAC{2, 0, 0, 0, 1, byte(n)} }

// newGenerator returns a Generator of System self with ports 1 to 3.
func newGenerator(t testing.TB, cfg marker.GeneratorConfig) *marker.Generator {
	t.Helper()
	cfg.System = self
	g, err := marker.NewGenerator(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for n := lacp.PortNumber(1); n <= 3; n++ {
		if err := g.AddPort(n, portMAC(n)); err != nil {
			t.Fatal(err)
		}
	}
	return g
}

func flush(t testing.TB, g *marker.Generator, now time.Time, n lacp.PortNumber, bucket int) marker.FlushID {
	t.Helper()
	id, err := g.Flush(now, n, bucket)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// drain returns the Markers sent and the results by bucket.
func drain(g *marker.Generator) (sent []marker.Action, done map[int]marker.Result) {
	done = make(map[int]marker.Result)
	for _, a := range g.Actions() {
		if a.Kind == marker.ActionTransmit {
			sent = append(sent, a)
		} else {
			done[a.Flush.Bucket] = a.Result
		}
	}
	return sent, done
}

// answer returns the Responder's answer to a Marker.
func answer(t testing.TB, a marker.Action) []byte {
	t.Helper()
	r := marker.Responder{Source: peer}
	b, ok := r.Respond(epoch, a.AppendFrame(nil), nil)
	if !ok {
		t.Fatalf("no answer to %+v", a)
	}
	return b
}

func TestFlushIsAnswered(t *testing.T) {
	g := newGenerator(t, marker.GeneratorConfig{FirstTransaction: 77})
	id := flush(t, g, epoch, 2, marker.WholeMember)
	sent, done := drain(g)
	want := marker.PDU{RequesterPort: 2, RequesterSystem: self, TransactionID: 77}
	if len(sent) != 1 || len(done) != 0 || sent[0].Port != 2 || sent[0].PDU != want ||
		sent[0].Source != portMAC(2) || sent[0].Destination != lacp.SlowProtocolsMulticast {
		t.Fatalf("sent %+v, done %v", sent, done)
	}
	if !g.Receive(at(3*time.Millisecond), 2, answer(t, sent[0])) {
		t.Error("the answer did not end the flush")
	}
	actions := g.Actions()
	if len(actions) != 1 {
		t.Fatalf("actions %+v", actions)
	}
	if a, want := actions[0], (marker.Flush{ID: id, Port: 2, Bucket: marker.WholeMember, Requested: epoch}); a.Kind != marker.ActionDone ||
		a.Flush != want || a.Result != marker.ResultAnswered || a.Port != 2 {
		t.Errorf("action %+v, want ActionDone of %+v with ResultAnswered", a, want)
	}
	if g.Flushes() != 0 || !g.Deadline().IsZero() || len(g.Actions()) != 0 {
		t.Errorf("%d flushes left, deadline %v", g.Flushes(), g.Deadline())
	}
	if got, want := g.Counters(), (marker.GeneratorCounters{MarkerPDUsTx: 1, Answered: 1}); got != want {
		t.Errorf("counters %+v, want %+v", got, want)
	}
}

func TestFlushesOfOnePortShareAMarker(t *testing.T) {
	g := newGenerator(t, marker.GeneratorConfig{})
	for b := range 100 {
		flush(t, g, epoch, 1, b)
	}
	flush(t, g, epoch, 3, 500)
	sent, _ := drain(g)
	if len(sent) != 2 || sent[0].Port != 1 || sent[1].Port != 3 {
		t.Fatalf("sent %+v, want one Marker on ports 1 and 3", sent)
	}
	g.Receive(epoch, 1, answer(t, sent[0]))
	if _, done := drain(g); len(done) != 100 || done[99] != marker.ResultAnswered {
		t.Errorf("%d flushes ended by the answer, want 100", len(done))
	}
	if g.Flushes() != 1 {
		t.Errorf("%d flushes left, want only that of port 3", g.Flushes())
	}
}

// A Marker does not cover frames sent after it, so a later flush sends another.
func TestLaterFlushHasItsOwnMarker(t *testing.T) {
	g := newGenerator(t, marker.GeneratorConfig{})
	flush(t, g, epoch, 1, 10)
	first, _ := drain(g)
	flush(t, g, at(time.Millisecond), 1, 11)
	second, _ := drain(g)
	if len(second) != 1 || second[0].PDU.TransactionID != first[0].PDU.TransactionID+1 {
		t.Fatalf("sent %+v then %+v", first, second)
	}
	g.Receive(at(2*time.Millisecond), 1, answer(t, first[0]))
	if _, done := drain(g); len(done) != 1 || done[10] != marker.ResultAnswered {
		t.Errorf("flushes ended by the first answer: %v", done)
	}
	g.Receive(at(3*time.Millisecond), 1, answer(t, second[0]))
	if _, done := drain(g); len(done) != 1 || done[11] != marker.ResultAnswered {
		t.Errorf("flushes ended by the second answer: %v", done)
	}
}

// An answer to a later Marker proves that the earlier ones have arrived, even if their
// own answers were lost, and even if the transaction ids wrap.
func TestAnswerStandsForEarlierMarkersOfThePort(t *testing.T) {
	g := newGenerator(t, marker.GeneratorConfig{FirstTransaction: ^uint32(0)})
	flush(t, g, epoch, 1, 10)
	drain(g)
	flush(t, g, epoch, 1, 11)
	later, _ := drain(g)
	flush(t, g, epoch, 2, 20)
	drain(g)
	if later[0].PDU.TransactionID != 0 {
		t.Fatalf("transaction %d follows 2^32-1", later[0].PDU.TransactionID)
	}
	g.Receive(epoch, 1, answer(t, later[0]))
	if _, done := drain(g); len(done) != 2 || done[10] != marker.ResultAnswered || done[11] != marker.ResultAnswered {
		t.Errorf("flushes ended: %v, want 10 and 11", done)
	}
	if g.Flushes() != 1 {
		t.Errorf("%d flushes left, want only that of port 2", g.Flushes())
	}
}

func TestMarkersAreLimitedPerPort(t *testing.T) {
	g := newGenerator(t, marker.GeneratorConfig{Timeout: 10 * time.Second, MaxFlushes: 3000})
	var times []time.Duration
	for i := range 3000 {
		d := time.Duration(i) * time.Millisecond
		flush(t, g, at(d), 1, i)
		sent, _ := drain(g)
		for range sent {
			times = append(times, d)
		}
	}
	if len(times) != 3*marker.MarkersPerSecond {
		t.Fatalf("%d Markers in 3 s, want %d", len(times), 3*marker.MarkersPerSecond)
	}
	for i, d := range times[marker.MarkersPerSecond:] {
		if gap := d - times[i]; gap < time.Second {
			t.Errorf("Markers %d and %d are %v apart", i, i+marker.MarkersPerSecond, gap)
		}
	}
}

func TestDeadlineIsWhenTheNextMarkerMayGo(t *testing.T) {
	g := newGenerator(t, marker.GeneratorConfig{Timeout: 3 * time.Second})
	for i := range marker.MarkersPerSecond + 1 {
		flush(t, g, at(time.Duration(i)), 1, i)
		if i == marker.MarkersPerSecond {
			break
		}
		if sent, _ := drain(g); len(sent) != 1 {
			t.Fatalf("flush %d sent %d Markers", i, len(sent))
		}
	}
	if sent, _ := drain(g); len(sent) != 0 {
		t.Fatal("a Marker was sent beyond the limit")
	}
	if got := g.Deadline(); !got.Equal(at(time.Second)) {
		t.Fatalf("deadline %v, want %v", got, at(time.Second))
	}
	g.Advance(g.Deadline())
	if sent, _ := drain(g); len(sent) != 1 {
		t.Errorf("%d Markers at the deadline, want 1", len(sent))
	}
	if got := g.Deadline(); !got.Equal(at(3 * time.Second)) {
		t.Errorf("deadline %v, want the first timeout, %v", got, at(3*time.Second))
	}
	g.Advance(at(3 * time.Second))
	if _, done := drain(g); len(done) != 1 || done[0] != marker.ResultTimeout {
		t.Errorf("flushes ended: %v", done)
	}
}

// Deadline never returns a time before the Generator's current time.
func TestDeadlineIsNeverBeforeNow(t *testing.T) {
	g := newGenerator(t, marker.GeneratorConfig{})
	flush(t, g, epoch, 1, 0)
	if got := g.Deadline(); !got.Equal(epoch) {
		t.Errorf("deadline %v with a Marker to send, want now, %v", got, epoch)
	}
}

func TestPortDownEndsItsFlushes(t *testing.T) {
	g := newGenerator(t, marker.GeneratorConfig{})
	flush(t, g, epoch, 1, 10)
	drain(g)
	flush(t, g, epoch, 1, 11)
	flush(t, g, epoch, 2, 20)
	if err := g.PortDown(at(time.Millisecond), 1); err != nil {
		t.Fatal(err)
	}
	sent, done := drain(g)
	if len(done) != 2 || done[10] != marker.ResultPortLost || done[11] != marker.ResultPortLost {
		t.Errorf("flushes ended: %v, want 10 and 11 with port lost", done)
	}
	if len(sent) != 1 || sent[0].Port != 2 {
		t.Errorf("sent %+v, want port 2's Marker", sent)
	}
	if err := g.RemovePort(at(time.Millisecond), 2); err != nil {
		t.Fatal(err)
	}
	if _, done := drain(g); done[20] != marker.ResultPortLost {
		t.Errorf("flushes ended: %v, want 20", done)
	}
	if _, err := g.Flush(at(time.Millisecond), 2, 0); !errors.Is(err, marker.ErrUnknownPort) {
		t.Errorf("flush of a removed port: error %v, want ErrUnknownPort", err)
	}
}

func TestCancel(t *testing.T) {
	g := newGenerator(t, marker.GeneratorConfig{})
	id := flush(t, g, epoch, 1, 10)
	if !g.Cancel(epoch, id) || g.Cancel(epoch, id) {
		t.Error("Cancel did not return true once and then false")
	}
	sent, done := drain(g)
	if len(sent) != 0 || done[10] != marker.ResultCancelled {
		t.Errorf("sent %v, done %v", sent, done)
	}
}

func TestFailedMarkerIsSentAgain(t *testing.T) {
	g := newGenerator(t, marker.GeneratorConfig{})
	flush(t, g, epoch, 1, 10)
	first, _ := drain(g)
	g.TransmitFailed(epoch, 1, 99) // not our transaction
	g.TransmitFailed(epoch, 1, first[0].PDU.TransactionID)
	if sent, _ := drain(g); len(sent) != 0 {
		t.Fatalf("sent again at once: %v", sent)
	}
	if want := at(200 * time.Millisecond); !g.Deadline().Equal(want) {
		t.Fatalf("deadline %v, want %v", g.Deadline(), want)
	}
	g.Advance(g.Deadline())
	again, _ := drain(g)
	if len(again) != 1 || again[0].PDU.TransactionID == first[0].PDU.TransactionID {
		t.Fatalf("sent %+v, want another transaction", again)
	}
	if got, want := g.Counters(), (marker.GeneratorCounters{MarkerPDUsTx: 1, TxErrors: 1}); got != want {
		t.Errorf("counters %+v, want %+v", got, want)
	}
}

// The state stays bounded whatever the requester does.
func TestFlushesAreBounded(t *testing.T) {
	g := newGenerator(t, marker.GeneratorConfig{MaxFlushes: 3})
	for i := range 3 {
		flush(t, g, epoch, 1, i)
	}
	if _, err := g.Flush(epoch, 2, 0); !errors.Is(err, marker.ErrBusy) {
		t.Errorf("the fourth flush: error %v, want ErrBusy", err)
	}
	g.Advance(at(time.Hour))
	if _, err := g.Flush(at(time.Hour), 2, 0); !errors.Is(err, marker.ErrBusy) {
		t.Errorf("with three results not drained: error %v, want ErrBusy", err)
	}
	drain(g)
	flush(t, g, at(time.Hour), 2, 0)
}

func TestGeneratorRejects(t *testing.T) {
	group := lacp.MAC{1}
	for field, cfg := range map[string]marker.GeneratorConfig{
		"System":      {System: group},
		"Timeout":     {System: self, Timeout: -1},
		"MaxFlushes":  {System: self, MaxFlushes: -1},
		"Destination": {System: self, Destination: lacp.MAC{1, 2, 3, 4, 5, 6}},
	} {
		_, err := marker.NewGenerator(cfg)
		if e := (*lacp.FieldError)(nil); !errors.As(err, &e) || e.Field != field {
			t.Errorf("%s: error %v", field, err)
		}
	}
	if _, err := marker.NewGenerator(marker.GeneratorConfig{}); err == nil {
		t.Error("a zero System was accepted")
	}
	g := newGenerator(t, marker.GeneratorConfig{})
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"port 0", g.AddPort(0, portMAC(9)), "Number"},
		{"group address", g.AddPort(9, group), "MAC"},
		{"bucket -2", second(g.Flush(epoch, 1, -2)), "Bucket"},
	} {
		if e := (*lacp.FieldError)(nil); !errors.As(c.err, &e) || e.Field != c.want {
			t.Errorf("%s: %v, want a FieldError of %s", c.name, c.err, c.want)
		}
	}
	if err := g.AddPort(1, portMAC(1)); !errors.Is(err, marker.ErrPortExists) {
		t.Errorf("port 1 again: error %v, want ErrPortExists", err)
	}
	for name, err := range map[string]error{
		"Flush": second(g.Flush(epoch, 4, 0)), "PortDown": g.PortDown(epoch, 4), "RemovePort": g.RemovePort(epoch, 4),
	} {
		if !errors.Is(err, marker.ErrUnknownPort) {
			t.Errorf("%s of port 4: error %v, want ErrUnknownPort", name, err)
		}
	}
	if g.Flushes() != 0 || len(g.Actions()) != 0 {
		t.Error("a rejected call had an effect")
	}
}

func second(_ marker.FlushID, err error) error { return err }

func TestResultNames(t *testing.T) {
	for r, want := range map[marker.Result]string{
		marker.ResultAnswered: "answered", marker.ResultTimeout: "timeout", marker.ResultPortLost: "port lost",
		marker.ResultCancelled: "cancelled", 0: "invalid", 99: "invalid",
	} {
		if r.String() != want {
			t.Errorf("result %d is %q, want %q", uint8(r), r, want)
		}
	}
}

// A flush with its Marker, answer and end does not allocate in the long run.
func TestGeneratorAllocates0(t *testing.T) {
	g := newGenerator(t, marker.GeneratorConfig{})
	buf := make([]byte, 0, lacp.FrameLen)
	now := epoch
	if n := testing.AllocsPerRun(100, func() {
		now = now.Add(time.Second)
		if _, err := g.Flush(now, 1, 5); err != nil {
			t.Fatal(err)
		}
		buf = g.Actions()[0].AppendFrame(buf[:0])
		buf[16] = 2 // make it the partner's answer
		if !g.Receive(now, 1, buf) || g.Actions()[0].Result != marker.ResultAnswered {
			t.Fatal("not answered")
		}
		_ = g.Deadline()
		g.Advance(now)
	}); n != 0 {
		t.Errorf("%v allocations per flush, want 0", n)
	}
}
