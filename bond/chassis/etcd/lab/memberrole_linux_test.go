package lab

import (
	"encoding/json"
	"io"
	"net/url"
	"os"
	"os/signal"
	"syscall"
	"time"

	"go.etcd.io/etcd/client/pkg/v3/transport"
	"go.etcd.io/etcd/server/v3/embed"
)

// memberConfig is the configuration of a member of etcd.
type memberConfig struct {
	Name, Dir    string
	Peer, Client string // its URLs
	Cluster      string // all members, as etcd's option initial-cluster
	CA           string // file names; empty: without TLS
	Cert, Key    string
}

// How often the leader of etcd sends heartbeats, and how long the others wait for them, in
// milliseconds.
const (
	memberTick     = 50
	memberElection = 500
)

// tokenLife is how long a token of a user lasts that is not used.
const tokenLife = 2 * time.Second

// playMember is the process of a member of the etcd that this program contains. It ends when its
// input does, or with SIGTERM.
func playMember(text []byte) error {
	var cfg memberConfig
	if err := json.Unmarshal(text, &cfg); err != nil {
		return err
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // its end is the end of the test
		stop <- syscall.SIGTERM
	}()
	peer, err := url.Parse(cfg.Peer)
	if err != nil {
		return err
	}
	client, err := url.Parse(cfg.Client)
	if err != nil {
		return err
	}
	e := embed.NewConfig()
	e.Name, e.Dir, e.InitialCluster = cfg.Name, cfg.Dir, cfg.Cluster
	e.ListenPeerUrls, e.AdvertisePeerUrls = []url.URL{*peer}, []url.URL{*peer}
	e.ListenClientUrls, e.AdvertiseClientUrls = []url.URL{*client}, []url.URL{*client}
	e.TickMs, e.ElectionMs = memberTick, memberElection
	e.LogLevel, e.LogOutputs = "error", []string{"stderr"}
	if cfg.CA != "" {
		e.AuthTokenTTL = uint(tokenLife / time.Second)
		e.ClientTLSInfo = transport.TLSInfo{CertFile: cfg.Cert, KeyFile: cfg.Key, TrustedCAFile: cfg.CA, ClientCertAuth: true}
	}
	server, err := embed.StartEtcd(e)
	if err != nil {
		return err
	}
	defer server.Close()
	select {
	case <-stop:
		return nil
	case err := <-server.Err():
		return err
	}
}
