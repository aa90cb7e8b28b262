package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"strings"
	"time"
)

// startLacpd starts our lacpd with the present file, and waits until it runs.
func (b *bed) startLacpd() error {
	p, err := runLacpd(b.near, b.program, b.path("lacpd"))
	if p != nil {
		b.lacpd.Store(p)
	}
	return err
}

// runLacpd starts a lacpd whose files have names that begin with base.
func runLacpd(ns *namespace, program, base string) (*process, error) {
	before, _ := os.ReadFile(base + ".log")
	p, err := startProcess(ns, base+".log", nil, program, "run", "-trace", "-config", base+".yaml", "-socket", base+".sock", "-state-dir", base+".state")
	if err != nil {
		return nil, err
	}
	running := func() bool {
		log, _ := os.ReadFile(base + ".log")
		return strings.Contains(string(log[min(len(before), len(log)):]), "msg=running")
	}
	return p, await("lacpd runs", startWithin, func() bool { return running() || p.ended() })
}

// startWithin is how long a program may take to start.
const startWithin = 20 * time.Second

// await polls until ok returns true.
func await(what string, limit time.Duration, ok func() bool) error {
	for start := time.Now(); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Since(start) > limit {
			return fmt.Errorf("%s: not within %v", what, limit)
		}
	}
	return nil
}

// status is the part of "lacpd status -json" that the chaos uses.
type status struct {
	Name    string
	Up      bool
	Members []memberStatus
}

type memberStatus struct {
	Name        string
	CarriesData bool `json:"carries_data"`
	Reason      struct{ Code string }
}

// ask reads the status of a running lacpd from its socket, as "lacpd status -json" does.
func ask(socket string) (s status, raw string, err error) {
	conn, err := net.DialTimeout("unix", socket, askTimeout)
	if err != nil {
		return s, "", err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(askTimeout)); err != nil {
		return s, "", err
	}
	// lacpd waits a moment for a request of a client that might still send one.
	if err := conn.(*net.UnixConn).CloseWrite(); err != nil {
		return s, "", err
	}
	var all struct{ Bonds []json.RawMessage }
	if err := json.NewDecoder(conn).Decode(&all); err != nil {
		return s, "", err
	}
	if len(all.Bonds) != 1 {
		return s, "", fmt.Errorf("lacpd reports %d bonds, want 1", len(all.Bonds))
	}
	return s, string(all.Bonds[0]), json.Unmarshal(all.Bonds[0], &s)
}

const askTimeout = 2 * time.Second

// carries reports whether a member is used.
func (s *status) carries(name string) bool {
	for _, m := range s.Members {
		if m.Name == name {
			return m.CarriesData
		}
	}
	return false
}
