package config_test

import (
	"errors"
	"testing"

	"github.com/lagkit/lagkit/bond/config"
)

func TestParseMode(t *testing.T) {
	for mode, names := range map[config.Mode][]string{
		config.ModeLACP:        {"LACP", "lacp", "802.3ad", "4"},
		config.ModeFailover:    {"FAILOVER", "Failover", "active-backup", "1"},
		config.ModeLoadBalance: {"LOADBALANCE", "balance-xor", "2"},
		config.ModeRoundRobin:  {"ROUNDROBIN", "balance-rr", "0"},
		config.ModeBroadcast:   {"BROADCAST", "broadcast", "3"},
		config.ModeNone:        {"NONE", "none"},
		config.ModeRandom:      {"RANDOM", "random"},
	} {
		for _, name := range names {
			if got, err := config.ParseMode(name); err != nil || got != mode {
				t.Errorf("%q is %v, %v; want %v", name, got, err, mode)
			}
		}
		if names[0] != mode.String() {
			t.Errorf("mode %d is %q, want %q", mode, mode, names[0])
		}
	}
	for _, name := range []string{"", "5", "balance-tlb", "LACP "} {
		var ce *config.Error
		if got, err := config.ParseMode(name); !errors.As(err, &ce) || ce.Field != "Mode" || ce.Value != name {
			t.Errorf("%q is %v, %v; want a config.Error", name, got, err)
		}
	}
}
