package etcd

import (
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/lagkit/lagkit/lacp"
)

func TestConfigIsChecked(t *testing.T) {
	const url = "https://10.0.0.1:2379"
	for _, tt := range []struct {
		name  string
		c     Config
		field string // empty: it is allowed
	}{
		{"three members", Config{Group: "g", Endpoints: []string{url, "https://[::1]:2379", "https://witness.test:2379"}, TLS: new(tls.Config)}, ""},
		{"without TLS", Config{Group: "g", Endpoints: []string{"http://127.0.0.1:2379"}}, ""},
		{"a socket", Config{Group: "g", Endpoints: []string{"unix:///run/etcd.sock"}}, ""},
		{"no group", Config{Endpoints: []string{url}}, "Group"},
		{"a long group", Config{Group: strings.Repeat("g", 65), Endpoints: []string{url}}, "Group"},
		{"a group that is no text", Config{Group: "\xff", Endpoints: []string{url}}, "Group"},
		{"no member", Config{Group: "g"}, "Endpoints"},
		{"ten members", Config{Group: "g", Endpoints: strings.Split("0123456789", "")}, "Endpoints"},
		{"a member twice", Config{Group: "g", Endpoints: []string{url, url}}, "Endpoints"},
		{"no scheme", Config{Group: "g", Endpoints: []string{"10.0.0.1:2379"}}, "Endpoints"},
		{"no port", Config{Group: "g", Endpoints: []string{"https://10.0.0.1"}}, "Endpoints"},
		{"no host", Config{Group: "g", Endpoints: []string{"https://:2379"}}, "Endpoints"},
		{"a path", Config{Group: "g", Endpoints: []string{url + "/v3"}}, "Endpoints"},
		{"a password in the URL", Config{Group: "g", Endpoints: []string{"https://user:secret@10.0.0.1:2379"}}, "Endpoints"},
		{"another scheme", Config{Group: "g", Endpoints: []string{"ftp://10.0.0.1:2379"}}, "Endpoints"},
		{"TLS that http would leave out", Config{Group: "g", Endpoints: []string{"http://10.0.0.1:2379"}, TLS: new(tls.Config)}, "Endpoints"},
		{"a password without a user", Config{Group: "g", Endpoints: []string{url}, Password: "secret"}, "User"},
	} {
		s, err := Open(t.Context(), tt.c)
		if err == nil {
			if err := s.Close(); err != nil {
				t.Errorf("%s: Close() = %v", tt.name, err)
			}
		}
		bad := new(lacp.FieldError)
		switch {
		case tt.field == "" && err != nil:
			t.Errorf("%s: error %v, want none", tt.name, err)
		case tt.field != "" && (!errors.As(err, &bad) || bad.Field != tt.field):
			t.Errorf("%s: error %v, want one of the field %s", tt.name, err, tt.field)
		}
	}
}

func TestLocalMembers(t *testing.T) {
	want := map[string]bool{
		"https://127.0.0.1:2379": true, "https://127.9.9.9:2379": true, "https://[::1]:2379": true, "http://localhost:2379": true,
		"unix:///run/etcd.sock": true, "https://0.0.0.1:2379": false, "https://[2001:db8:0:ffff::1]:2379": false, "https://witness.test:2379": false,
	}
	own, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range own {
		if n, ok := a.(*net.IPNet); ok {
			want["https://"+net.JoinHostPort(n.IP.String(), "2379")] = true
		}
	}
	for endpoint, want := range want {
		if got := isLocal(endpoint); got != want {
			t.Errorf("isLocal(%q) = %v, want %v", endpoint, got, want)
		}
	}
}
