package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lagkit/lagkit/examples/lacpd/internal/control"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
	"github.com/lagkit/lagkit/internal/netlab"
)

// TestChangeFromAfarThatBreaksTheBondIsUndone checks with a real partner that a configuration
// that cuts the operator off is undone, and that the bond forms again.
func TestChangeFromAfarThatBreaksTheBondIsUndone(t *testing.T) {
	t.Parallel()
	a, b := pairOf(t)
	p, partner := startProcess(t, a, oneBond, nil), startProcess(t, b, oneBond, nil)
	carrying := func(n int) func() bool {
		return func() bool { return p.bond("bond0").Carrying() == n && partner.bond("bond0").Carrying() == n }
	}
	await(t, "both members carry data", netlab.Patience, carrying(2))
	typo := filepath.Join(p.dir, "typo.yaml")
	if err := os.WriteFile(typo, []byte(strings.Replace(oneBond, "[v0, v1]", "[v10, v11]", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, code := p.run(t, "diff", typo); code != exitDiffers || !strings.Contains(out, "- member v0") {
		t.Errorf("diff exits with %d:\n%s", code, out)
	}
	out, code := p.run(t, "apply", typo, "--confirm", "3s")
	if code != exitOK || !strings.Contains(out, "applied. Confirm within 3 s") {
		t.Fatalf("apply exits with %d:\n%s", code, out)
	}
	await(t, "the bond is broken", netlab.Patience, carrying(0))
	p.log.await(t, "change not confirmed in time")
	await(t, "the bond has formed again", netlab.Patience, carrying(2))
	if v, err := p.status(); err != nil || v.Pending != nil {
		t.Errorf("pending is %+v, %v, want nothing", v.Pending, err)
	}
	if got, err := os.ReadFile(p.config); err != nil || string(got) != oneBond {
		t.Errorf("the file has %q, %v, want the old one", got, err)
	}
	if code := p.end(t); code != exitOK {
		t.Errorf("exits with %d, want %d", code, exitOK)
	}
}

// TestKillDuringAChangeEndsInOneConfiguration kills lacpd with SIGKILL at random moments of an
// apply and its confirm. The next start has the old configuration or the new one, whole; the new
// one if confirm was answered. By default it makes 3 rounds, with LAGKIT_LAB=1 30, with LAGKIT_LONG=1 100, about one a
// second.
func TestKillDuringAChangeEndsInOneConfiguration(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 2))
	texts := []string{
		"bonds:\n- {name: bond0, ports: [v0, v1], lacpdu_rate: FAST}\n",
		"bonds:\n- {name: bond0, ports: [v1], mtu: 1496}\n- {name: bond1, ports: [v0]}\n",
	}
	want := []string{"bond0 1500 FAST v0 v1", "bond0 1496 SLOW v1, bond1 1500 SLOW v0"}
	a, _ := pairOf(t)
	p := startProcess(t, a, texts[0], nil)
	p.log.await(t, "msg=running")
	now, kept, pendingKills := 0, 0, 0
	rounds := netlab.Rounds(3, 30)
	if os.Getenv("LAGKIT_LONG") != "" {
		rounds = 100
	}
	for round := range rounds {
		next := 1 - now
		confirmed := p.killDuring(t, texts[next], random)
		if _, err := os.Stat(filepath.Join(p.dir, ".lacpd.yaml.pending")); err == nil {
			pendingKills++
		}
		p.start(t, nil)
		p.log.await(t, "msg=running")
		file, err := os.ReadFile(p.config)
		if err != nil {
			t.Fatal(err)
		}
		switch string(file) {
		case texts[next]:
			now = next
			kept++
		case texts[now]:
			if confirmed {
				t.Fatalf("seed %d, round %d: the file has the old configuration although confirm was answered", seed, round)
			}
		default:
			t.Fatalf("seed %d, round %d: the file has %q", seed, round, file)
		}
		await(t, "lacpd runs what its file has: "+want[now], netlab.Patience, func() bool { return summary(p) == want[now] })
	}
	t.Logf("seed %d: %d changes were kept; %d kills came while one was pending", seed, kept, pendingKills)
}

// killDuring applies a text, confirms it, and kills lacpd at a random moment. It reports whether
// confirm was answered.
func (p *process) killDuring(t *testing.T, text string, random *rand.Rand) (confirmed bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), netlab.Patience)
	defer cancel()
	kill := func() { _ = p.cmd.Process.Kill() }
	early := random.IntN(2) == 0 // during apply, or during confirm
	if early {
		time.AfterFunc(time.Duration(random.IntN(150))*time.Millisecond, kill)
	}
	err := control.Ask(ctx, p.socket(), "apply", applyArgs{"new", text, 60}, nil)
	var refused *control.Error
	if errors.As(err, &refused) {
		t.Fatal(refused)
	}
	if !early {
		time.AfterFunc(time.Duration(random.IntN(3000))*time.Microsecond, kill)
	}
	if err == nil {
		err = control.Ask(ctx, p.socket(), "confirm", nil, nil)
	}
	<-p.done
	return err == nil
}

// summary returns the bonds of a lacpd, their settings and members.
func summary(p *process) string {
	v, err := p.status()
	if err != nil || v.Pending != nil {
		return ""
	}
	var bonds []string
	for i := range v.Bonds {
		bonds = append(bonds, bondSummary(&v.Bonds[i]))
	}
	return strings.Join(bonds, ", ")
}

func bondSummary(b *view.Bond) string {
	words := []string{b.Name, strconv.Itoa(b.MTU), b.Rate}
	for i := range b.Members {
		words = append(words, b.Members[i].Name)
	}
	return strings.Join(words, " ")
}
