package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/lagkit/lagkit/internal/netlab"
	"github.com/lagkit/lagkit/internal/testca"
)

// etcdHost is the name of the member of etcd in its certificate. Its address stands in the file hosts.
const etcdHost = "etcd.test"

// etcdMember is an etcd of one member, with TLS and users: that of the boxes may use the keys of their
// group only.
type etcdMember struct {
	ns   *netlab.NS
	dir  string
	ca   *testca.CA
	cert testca.Pair
	*netlab.Process
}

// The users of etcd.
const (
	etcdRoot = "root"
	etcdUser = "boxes"
)

// newEtcd starts an etcd at an address of the namespace.
func newEtcd(t *testing.T, ns *netlab.NS, address string) *etcdMember {
	t.Helper()
	ca := testca.New(t)
	m := &etcdMember{ns: ns, dir: t.TempDir(), ca: ca, cert: ca.Issue("member", etcdHost)}
	m.start(t, address)
	m.ask(t, address, "kv/range", map[string]any{"key": "cQ=="}) // it has a leader
	m.ask(t, address, "auth/role/add", map[string]any{"name": "group"})
	m.ask(t, address, "auth/role/grant", map[string]any{"name": "group",
		"perm": map[string]any{"permType": "READWRITE", "key": []byte("/lagkit/v1/nas1/"), "range_end": []byte("/lagkit/v1/nas10")}})
	for name, role := range map[string]string{etcdRoot: "root", etcdUser: "group"} {
		m.ask(t, address, "auth/user/add", map[string]any{"name": name, "password": name + "'s password"})
		m.ask(t, address, "auth/user/grant", map[string]any{"user": name, "role": role})
	}
	m.ask(t, address, "auth/enable", map[string]any{})
	return m
}

// start starts the member at an address, again if it has ended.
func (m *etcdMember) start(t *testing.T, address string) {
	t.Helper()
	program, err := exec.LookPath("etcd")
	if err != nil {
		t.Skipf("needs etcd, as Debian's package etcd-server has it: %v", err)
	}
	clients, peers := "https://"+address+":2379", "http://127.0.0.1:2380"
	cmd := exec.Command(program, "--name", "m", "--data-dir", filepath.Join(m.dir, "data"), "--initial-cluster", "m="+peers,
		"--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers,
		"--listen-client-urls", clients, "--advertise-client-urls", clients, "--cert-file", m.cert.Cert, "--key-file", m.cert.Key,
		"--heartbeat-interval", "10", "--election-timeout", "100", "--bcrypt-cost", "4", "--log-level", "error")
	m.Process = m.ns.Launch(t, cmd)
}

// ask sends a request to the member over its gateway from HTTP, once it answers.
func (m *etcdMember) ask(t *testing.T, address, method string, args any) {
	t.Helper()
	body, err := json.Marshal(args)
	if err != nil {
		t.Fatal(err)
	}
	config := m.ca.Client(testca.Pair{})
	config.ServerName = etcdHost
	client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{TLSClientConfig: config, DisableKeepAlives: true,
		DialContext: func(ctx context.Context, network, to string) (conn net.Conn, err error) {
			err = m.ns.Do(func() error {
				conn, err = new(net.Dialer).DialContext(ctx, network, to)
				return err
			})
			return conn, err
		}}}
	var why error
	await(t, "etcd answers "+method, netlab.Patience, func() bool {
		if m.Ended() {
			t.Fatalf("etcd ended: %v\n%s", m.Err(), &m.Log)
		}
		why = post(client, "https://"+address+":2379/v3/"+method, body)
		return why == nil
	})
}

// post sends a request. The error is also an answer other than 200.
func post(client *http.Client, url string, body []byte) error {
	r, err := client.Post(url, "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err == nil && r.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", r.Status, text)
	}
	return err
}
