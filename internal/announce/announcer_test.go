package announce

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/lacp"
)

const interval = 200 * time.Millisecond

var (
	start = time.Unix(1000, 0)
	own   = lacp.MAC{2, 0, 0, 0, 0, 1}
)

// site is what an announcer under test works for.
type site struct {
	Announcer
	log     strings.Builder
	sent    []string                    // the sources and EtherTypes of the frames to the network
	queries int                         // frames to the host
	listed  func([]link.Station, error) // to be called with what the host lists
	failure error                       // of sending
}

func newSite() *site {
	s := new(site)
	s.Own = func() (lacp.MAC, []netip.Prefix) { return own, []netip.Prefix{netip.MustParsePrefix("192.0.2.1/24")} }
	s.Send = func(f []byte) error {
		s.sent = append(s.sent, net.HardwareAddr(f[6:12]).String()+" "+map[byte]string{6: "ARP", 0x35: "RARP", 0xdd: "ND"}[f[13]])
		return s.failure
	}
	s.Write = func(f []link.Frame) (int, error) { s.queries += len(f); return len(f), s.failure }
	s.List = func(then func([]link.Station, error)) { s.listed = then }
	s.Log = slog.New(slog.NewTextHandler(&s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	return s
}

func TestAnnouncerRepeatsAsOftenAsItWasStarted(t *testing.T) {
	for _, c := range []struct{ stations, groups int }{{1, 0}, {3, 1}, {0, 2}, {-1, -1}} {
		s := newSite()
		s.Start(start, c.stations)
		s.Rejoin(start, c.groups)
		last := start
		for runs := 0; !s.Next().IsZero(); runs++ {
			if last = s.Next(); runs > 10 {
				t.Fatalf("%+v: still something due after %d runs", c, runs)
			}
			s.Run(last, interval)
			s.Run(last, interval) // nothing is due twice
		}
		wantLast := start.Add(time.Duration(max(c.stations, c.groups, 1)-1) * interval)
		if len(s.sent) != max(c.stations, 0) || s.queries != 2*max(c.groups, 0) || !last.Equal(wantLast) {
			t.Errorf("%+v: %d announcements, %d queries, the last at %v, want %d, %d, %v",
				c, len(s.sent), s.queries, last, max(c.stations, 0), 2*max(c.groups, 0), wantLast)
		}
	}
}

func TestNextIsTheSoonerOfAnnouncementsAndQueries(t *testing.T) {
	s := newSite()
	s.Start(start.Add(time.Second), 1)
	s.Rejoin(start, 2)
	for i, want := range []time.Duration{0, time.Second, 2 * time.Second} {
		at := start.Add(want)
		if !s.Next().Equal(at) {
			t.Fatalf("run %d: Next() = %v, want %v", i, s.Next(), at)
		}
		s.Run(at, 2*time.Second)
	}
	if !s.Next().IsZero() || len(s.sent) != 1 || s.queries != 4 {
		t.Errorf("Next() = %v after %d announcements and %d queries, want none after 1 and 4", s.Next(), len(s.sent), s.queries)
	}
}

func TestStopDropsWhatIsScheduled(t *testing.T) {
	s := newSite()
	s.Start(start, 3)
	s.Rejoin(start, 3)
	s.Run(start, interval)
	s.Stop()
	if !s.Next().IsZero() {
		t.Errorf("Next() = %v after Stop, want none", s.Next())
	}
	s.Run(start.Add(interval), interval)
	if len(s.sent) != 1 || s.queries != 2 {
		t.Errorf("%d announcements, %d queries, want 1 and 2 from before Stop", len(s.sent), s.queries)
	}
}

func TestAnnouncerSendsItsOwnStationsAtOnceAndTheOthersWhenListed(t *testing.T) {
	s := newSite()
	s.Start(start, 1)
	s.Run(start, interval)
	if want := []string{own.String() + " ARP"}; !slices.Equal(s.sent, want) {
		t.Errorf("sent %q before the host has listed stations, want %q", s.sent, want)
	}
	guest := lacp.MAC{2, 0, 0, 0, 0, 2}
	s.listed([]link.Station{
		{MAC: own, Addr: netip.MustParseAddr("192.0.2.1")},
		{MAC: own, Addr: netip.MustParseAddr("2001:db8::1")},
		{MAC: guest},
	}, nil)
	if want := []string{own.String() + " ARP", own.String() + " ND", guest.String() + " RARP"}; !slices.Equal(s.sent, want) {
		t.Errorf("sent %q, want %q", s.sent, want)
	}
}

func TestAnnouncerDoesWithoutWhatItIsNotGiven(t *testing.T) {
	s := newSite()
	s.List, s.Send, s.Write = nil, nil, nil
	s.Start(start, 1)
	s.Rejoin(start, 1)
	s.Run(start, interval)
	if len(s.sent) != 0 || s.queries != 0 || !s.Next().IsZero() {
		t.Errorf("%d announcements, %d queries, next at %v, want nothing", len(s.sent), s.queries, s.Next())
	}
}

func TestAnnouncerLogsWhatItCouldNotSend(t *testing.T) {
	for _, c := range []struct {
		name   string
		send   error
		listed error
		want   []string // in the log, in that order
	}{
		{"all well", nil, nil, nil},
		{"not sent", io.ErrShortWrite, nil, []string{`level=DEBUG msg="address not announced" address=192.0.2.1`, `level=DEBUG msg="multicast query not sent to the host"`, `level=DEBUG msg="multicast query not sent to the host"`}},
		{"not listed", nil, errors.New("no memory"), []string{`level=WARN msg="addresses behind the device not announced" error="no memory"`}},
		{"closed meanwhile", nil, net.ErrClosed, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSite()
			s.failure = c.send
			s.Start(start, 1)
			s.Rejoin(start, 1)
			s.Run(start, interval)
			s.listed(nil, c.listed)
			lines := strings.Split(strings.TrimSuffix(s.log.String(), "\n"), "\n")
			if s.log.Len() == 0 {
				lines = nil
			}
			if !slices.EqualFunc(lines, c.want, strings.Contains) {
				t.Errorf("logged %q, want %q", lines, c.want)
			}
		})
	}
}
