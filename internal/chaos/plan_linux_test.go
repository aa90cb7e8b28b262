package main

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func seeded(seed uint64) settings {
	return settings{seed: seed, length: 2 * time.Minute, members: 3}
}

func words(p plan) (list []string) {
	for _, s := range p {
		list = append(list, s.at.String()+" "+s.what)
	}
	return list
}

func TestPlanFollowsFromItsSeed(t *testing.T) {
	a, b := words(makePlan(seeded(5))), words(makePlan(seeded(5)))
	if !slices.Equal(a, b) {
		t.Errorf("the same seed gave two plans: %q, %q", a, b)
	}
	if c := words(makePlan(seeded(6))); slices.Equal(a, c) {
		t.Error("two seeds gave the same plan")
	}
}

// TestPlanTakesBackWhatItDoes: each step that lasts ends within the plan.
func TestPlanTakesBackWhatItDoes(t *testing.T) {
	pairs := [][2]string{
		{"SIGSTOP", "SIGCONT"}, {"SIGSTOP of the partner", "SIGCONT of the partner"},
		{"kill -9", "lacpd started after kill -9"}, {"SIGTERM", "lacpd started after SIGTERM"},
		{"kill -9 of the partner", "start of the partner"},
	}
	for i := range 3 {
		name := string(rune('0' + i))
		for _, what := range []string{"cable pulled", "ip link set down", "moved to another namespace", "ip link del, and later ip link add"} {
			pairs = append(pairs, [2]string{"member " + name + ": " + what, "member " + name + ": back after " + what})
		}
		pairs = append(pairs, [2]string{"ip link set dev p" + name + " master bridge" + name, "ip link del dev bridge" + name})
	}
	met := 0
	for seed := range uint64(50) {
		p := makePlan(seeded(seed))
		for _, s := range p {
			if s.at > seeded(seed).length+time.Second {
				t.Errorf("seed %d: %s at %v, after the end", seed, s.what, s.at)
			}
		}
		for _, pair := range pairs {
			open := 0
			for _, s := range p {
				switch s.what {
				case pair[0]:
					open++
					met++
				case pair[1]:
					open--
				}
				if open < 0 || open > 1 {
					t.Errorf("seed %d: %q and %q do not alternate at %v", seed, pair[0], pair[1], s.at)
				}
			}
			if open != 0 {
				t.Errorf("seed %d: %q is not taken back", seed, pair[0])
			}
		}
	}
	if met < 500 {
		t.Errorf("50 plans have %d lasting steps, want 500 and more", met)
	}
}

// TestPlansDoEverything: each kind of action occurs in some plan.
func TestPlansDoEverything(t *testing.T) {
	var all strings.Builder
	for seed := range uint64(50) {
		all.WriteString(strings.Join(words(makePlan(seeded(seed))), "\n"))
	}
	for _, want := range []string{"cable pulled", "carrier of one end lost", "ip link del, and later", "moved to another namespace", "renamed to x0",
		"frames lost (all true, directions 11)", "frames lost (all false, directions 01)", "address 02:", "mtu", "addr add", "master bridge", "macvlan",
		"clsact", "filter del dev p1 ingress", "mirred", "tbf", "ethtool -K", "promisc on", "slow-protocols frames dropped", "bond0 down", "link del bond0",
		"bond0 moved", "ip addr del from bond0", "bond0 mtu", "bond0 address", "neigh flush", "SIGHUP, the file unchanged", "invalid file: empty",
		"no file", "hash FLOW", "min_links 2", "not in the file", "SIGSTOP", "kill -9", "SIGTERM", "kill -9 of the partner"} {
		if !strings.Contains(all.String(), want) {
			t.Errorf("no plan has %q", want)
		}
	}
}
