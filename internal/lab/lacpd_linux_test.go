package lab

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lagkit/lagkit/internal/netlab"
)

// lacpd is our program running in a namespace.
type lacpd struct {
	*netlab.Process
	program, socket, config, stateDir string
	flags                             []string // more flags for run
}

// lacpdConfig describes the bond.
type lacpdConfig struct {
	members []string
	passive bool
	fast    bool
	ip      string   // empty means ourIP
	name    string   // of the bond; empty means ourBond
	more    []string // more lines for the bond, such as "protocol: FAILOVER"
}

const (
	ourBond = "bond0"
	ourIP   = "10.9.0.1"
)

// startLacpd starts lacpd with a bond bond0 of the members and waits until it runs.
func startLacpd(t testing.TB, ns *netlab.NS, cfg lacpdConfig) *lacpd {
	t.Helper()
	program, err := buildLacpd()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "laglacpd")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	ip := cmp.Or(cfg.ip, ourIP)
	rate := "SLOW"
	if cfg.fast {
		rate = "FAST"
	}
	text := fmt.Sprintf("bonds:\n  - name: %s\n    ports: [%s]\n    lacp_active: %v\n    lacpdu_rate: %s\n"+
		"    xmit_hash_policy: LAYER3+4\n    addresses: [%s/24]\n    %s\n",
		cmp.Or(cfg.name, ourBond), strings.Join(cfg.members, ", "), !cfg.passive, rate, ip, strings.Join(append(cfg.more, dataPlane()...), "\n    "))
	l := &lacpd{program: program, socket: filepath.Join(dir, "s"), config: filepath.Join(dir, "lacpd.yaml"), stateDir: filepath.Join(dir, "state")}
	if err := os.WriteFile(l.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	l.run(t, ns)
	return l
}

// dataPlane returns the setting of LAGKIT_PLANE, so that the same tests run over each data plane.
func dataPlane() []string {
	if name := os.Getenv("LAGKIT_PLANE"); name != "" {
		return []string{"data_plane: " + name}
	}
	return nil
}

// run starts the program, again if it has ended.
func (l *lacpd) run(t testing.TB, ns *netlab.NS) {
	t.Helper()
	args := append([]string{"run", "-trace", "-config", l.config, "-socket", l.socket, "-state-dir", l.stateDir}, l.flags...)
	l.Process = start(t, ns, nil, l.program, args...)
	p := l.Process
	await(t, "lacpd runs", time.Now(), 10*time.Second, func() bool {
		if p.Ended() {
			t.Fatalf("lacpd ended: %v\n%s", p.Err(), &p.Log)
		}
		return strings.Contains(p.Log.String(), "msg=running")
	}, p.Log.String)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("log of lacpd:\n%s", &p.Log)
		}
	})
}

// status is the part of "lacpd status -json" that the tests use.
type status struct {
	Name     string
	Up       bool
	MAC      string
	Members  []member
	Device   struct{ Name, State, Reason string }
	Missing  []struct{ Name, Why string }
	Fault    *struct{ Error string }
	LAG      *lagStatus // of a group of boxes
	Counters struct {
		RxReflected uint64 `json:"rx_reflected"`
	}
}

type lagStatus struct {
	Role  string
	Epoch uint64
	Left  int `json:"permission_ms"`
}

type member struct {
	Name      string
	Interface string
	Link      struct {
		Up bool
	}
	CarriesData bool `json:"carries_data"`
	Reason      struct {
		Code  string
		Since time.Time
	}
	Receive, Mux string
	Actor        struct{ Flags []string }
	Partner      struct{ Flags []string }
	Counters     struct {
		LACPDUsRx uint64 `json:"lacpdus_rx"`
		LACPDUsTx uint64 `json:"lacpdus_tx"`
	}
}

// status reads the status from the socket, as the command does, without a process for each
// request.
func (l *lacpd) status(t testing.TB) status {
	t.Helper()
	conn, err := net.Dial("unix", l.socket)
	if err != nil {
		t.Fatalf("lacpd does not answer: %v\n%s", err, &l.Log)
	}
	defer conn.Close()
	if err := conn.(*net.UnixConn).CloseWrite(); err != nil { // lacpd then answers at once
		t.Fatal(err)
	}
	st, err := readStatus(conn)
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// readStatus reads the status of a lacpd that has one bond.
func readStatus(from io.Reader) (status, error) {
	var all struct{ Bonds []status }
	if err := json.NewDecoder(from).Decode(&all); err != nil {
		return status{}, err
	}
	if len(all.Bonds) != 1 {
		return status{}, fmt.Errorf("lacpd has %d bonds, want 1", len(all.Bonds))
	}
	return all.Bonds[0], nil
}

func (s status) member(name string) member {
	for _, m := range s.Members {
		if m.Name == name {
			return m
		}
	}
	return member{}
}
