package chassis

import (
	"cmp"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"github.com/lagkit/lagkit/bond"
	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/lacp"
)

// Group describes a chassis and its group to [Join]. Name, Me, Secret and Transport are required.
type Group struct {
	Name   string // of the group, at most 64 octets
	Me     ID     // at most 64 octets
	Others []ID

	// Secret authenticates the heartbeats, with HMAC-SHA256. All chassis have the same, of at
	// least 16 octets.
	Secret []byte

	// Hold and Drift are as in Config.
	Hold  time.Duration
	Drift float64

	// Transport carries the heartbeats, for example [UDP]. The Chassis closes it.
	Transport Transport

	// Ends, if not nil, reports when the process of another chassis ends, for example [TCP]. Then a
	// takeover does not wait until the active chassis has been silent for a while. The Chassis
	// closes it.
	Ends Ends

	// GoneIsProof is as in Config. It needs Ends.
	GoneIsProof bool

	// Logger gets a record for each event: see [Chassis.Watch]. Nil means no log.
	Logger *slog.Logger
}

// LAG describes one LAG to [Chassis.Add]. The zero value is right for most uses.
type LAG struct {
	MinScore     int           // as in Config
	Prefer       ID            // as in Config
	RestoreDelay time.Duration // as in Config

	// NeedsReady keeps this chassis from carrying the LAG until [Chassis.SetReady].
	NeedsReady bool

	// Score returns how able this chassis is to carry the LAG. Nil means the number of links that
	// could carry data: see [Score].
	Score func(bond.Status) int

	// Settings are what has to be the same on all chassis, by name, such as "mtu" and "vlans": at most
	// 30, and about 2,000 octets in all. A chassis that differs from the active one stands by, and its
	// links report the setting with both values. A name that only one of the two has is not compared.
	// "hold" and "drift" are added.
	Settings map[string]string

	// OnIsolation is as in Config.
	OnIsolation Isolation

	// AllActive makes all chassis carry the LAG at the same time: see the package comment. The
	// Carrier needs no permission then, and no other field but Settings has an effect.
	AllActive bool
}

// ownSettings is how many settings a Chassis adds.
const ownSettings = 2

// settings returns the settings of a LAG as they are published.
func (g *Group) settings(o LAG) (map[string]string, error) {
	all, err := publishable(o.Settings)
	if err != nil {
		return nil, err
	}
	c := g.config(1, LAG{})
	if err := c.check(); err != nil {
		return nil, err
	}
	all["hold"], all["drift"] = c.Hold.String(), strconv.FormatFloat(c.Drift, 'g', -1, 64)
	return all, nil
}

// Score returns how many links of a bond could carry data at once if it had permission: those that are up
// and, with LACP, hear a partner and have waited for each other.
func Score(st bond.Status) (n int) {
	for i := range st.Members {
		m := &st.Members[i]
		if m.Link.Up && (st.Mode != bond.ModeLACP || m.LACP.Receive == lacp.ReceiveCurrent && m.LACP.ReadyN) {
			n++
		}
	}
	return n
}

// leastSecret is the least length of a secret, in octets.
const leastSecret = 16

// check rejects what a Machine does not check. The error is a [*lacp.FieldError].
func (g *Group) check() error {
	for _, f := range []struct{ field, name string }{{"Name", g.Name}, {"Me", string(g.Me)}} {
		if f.name == "" || len(f.name) > maxName {
			return &lacp.FieldError{Field: f.field, Value: strconv.Quote(f.name), Allowed: "1 to " + strconv.Itoa(maxName) + " octets"}
		}
	}
	for _, id := range g.Others {
		if len(id) > maxName {
			return &lacp.FieldError{Field: "Others", Value: strconv.Quote(string(id)), Allowed: "1 to " + strconv.Itoa(maxName) + " octets"}
		}
	}
	if len(g.Secret) < leastSecret {
		return &lacp.FieldError{Field: "Secret", Value: strconv.Itoa(len(g.Secret)) + " octets", Allowed: "at least " + strconv.Itoa(leastSecret)}
	}
	switch {
	case g.Transport == nil:
		return &lacp.FieldError{Field: "Transport", Value: "nil", Allowed: "a transport"}
	case g.GoneIsProof && g.Ends == nil:
		return &lacp.FieldError{Field: "GoneIsProof", Value: "true", Allowed: "false without Ends"}
	}
	g.Others, g.Secret = slices.Clone(g.Others), slices.Clone(g.Secret)
	g.Logger = cmp.Or(g.Logger, slog.New(slog.DiscardHandler))
	_, err := New(plane.Clock(), g.config(1, LAG{}))
	return err
}

// config returns the configuration of the Machine of a LAG.
func (g *Group) config(boot uint64, o LAG) Config {
	return Config{
		Me: g.Me, Others: g.Others, Boot: boot, Hold: g.Hold, Drift: g.Drift,
		MinScore: o.MinScore, Prefer: o.Prefer, RestoreDelay: o.RestoreDelay,
		GoneIsProof: g.GoneIsProof, OnIsolation: o.OnIsolation,
	}
}
