package logstep

import (
	"log/slog"
	"regexp"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/link/linktest"
)

// buffer collects what the logger and its timers write.
type buffer struct {
	mu   sync.Mutex
	text []byte
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.text = append(b.text, p...)
	return len(p), nil
}

// from returns the text from an octet on.
func (b *buffer) from(octet int) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return string(b.text[octet:])
}

// newLog returns a logger of bond0 that writes text without times.
func newLog(b *buffer) *slog.Logger {
	text := slog.NewTextHandler(b, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == slog.MessageKey {
			return slog.Attr{}
		}
		return a
	}})
	return slog.New(New(text)).With("bond", "bond0")
}

func TestStepsOfAMember(t *testing.T) {
	type change struct {
		after    time.Duration
		level    slog.Level
		from, to string
	}
	const info, warn = slog.LevelInfo, slog.LevelWarn
	for name, c := range map[string]struct {
		changes []change
		want    string
	}{
		"a link that forms": {
			[]change{{0, warn, "WaitWhile", "PartnerNotInSync"}, {time.Millisecond, info, "PartnerNotInSync", "Distributing"}},
			"level=INFO bond=bond0 member=eth0 from=WaitWhile to=PartnerNotInSync\n" +
				"level=INFO bond=bond0 member=eth0 from=PartnerNotInSync to=Distributing\n",
		},
		"a link that does not": {
			[]change{{0, warn, "WaitWhile", "PartnerNotInSync"}},
			"level=INFO bond=bond0 member=eth0 from=WaitWhile to=PartnerNotInSync\n" +
				"level=WARN bond=bond0 member=eth0 from=WaitWhile to=PartnerNotInSync for=3s\n",
		},
		"one step after another": {
			[]change{{0, warn, "WaitWhile", "PartnerDefaultedUs"}, {2 * time.Second, warn, "PartnerDefaultedUs", "PartnerNotInSync"}},
			"level=INFO bond=bond0 member=eth0 from=WaitWhile to=PartnerDefaultedUs\n" +
				"level=INFO bond=bond0 member=eth0 from=PartnerDefaultedUs to=PartnerNotInSync\n" +
				"level=WARN bond=bond0 member=eth0 from=PartnerDefaultedUs to=PartnerNotInSync for=3s\n",
		},
		"a link that carried data": {
			[]change{{0, warn, "Distributing", "PartnerNotInSync"}},
			"level=WARN bond=bond0 member=eth0 from=Distributing to=PartnerNotInSync\n",
		},
		"another reason": {
			[]change{{0, warn, "WaitWhile", "LinkDown"}},
			"level=WARN bond=bond0 member=eth0 from=WaitWhile to=LinkDown\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var b buffer
				log := newLog(&b)
				for _, c := range c.changes {
					time.Sleep(c.after)
					log.Log(t.Context(), c.level, message, "member", "eth0", "from", c.from, "to", c.to)
				}
				time.Sleep(2 * Lasting)
				synctest.Wait()
				if got := b.from(0); got != c.want {
					t.Errorf("log is\n%swant\n%s", got, c.want)
				}
			})
		})
	}
}

func TestMembersWaitEachForItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b buffer
		log := newLog(&b)
		log.Warn(message, "member", "eth0", "from", "WaitWhile", "to", "PartnerStale")
		log.Warn(message, "member", "eth1", "from", "WaitWhile", "to", "PartnerStale")
		log.Info(message, "member", "eth0", "from", "PartnerStale", "to", "Distributing")
		log.WithGroup("g").Warn(message, "member", "eth2", "to", "PartnerStale")
		before := len(b.from(0))
		time.Sleep(2 * Lasting)
		synctest.Wait()
		if got, want := b.from(before), "level=WARN bond=bond0 member=eth1 from=WaitWhile to=PartnerStale for=3s\n"; got != want {
			t.Errorf("afterwards the log is\n%swant\n%s", got, want)
		}
	})
}

// The records of a bond have the message and the names that the handler looks for.
func TestRecordsOfABond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b buffer
		log := slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{Level: slog.LevelDebug}))
		one, err := bond.New(bond.Config{Name: "bond0", Logger: log}, linktest.NewCable("eth0", "eth1").A)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if err := one.Close(); err != nil {
			t.Fatal(err)
		}
		want := regexp.MustCompile(`msg="` + message + `" bond=bond0 member=eth0 from=\S+ to=\S+`)
		if got := b.from(0); !want.MatchString(got) {
			t.Errorf("log is\n%swant a line with %v", got, want)
		}
	})
}
