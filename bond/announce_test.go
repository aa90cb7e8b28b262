package bond_test

import (
	"encoding/hex"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lagkit/lagkit/bond"
)

// frames returns the frames that have come out of cable i, in hex.
func (f *far) frames(i int) (all []string) {
	bufs, frames := [][]byte{make([]byte, 2000)}, make([]bond.Frame, 1)
	for f.cables[i].B.Pending() > 0 {
		if _, err := f.cables[i].B.Read(bufs, frames); err != nil {
			return all
		}
		all = append(all, hex.EncodeToString(frames[0].Data))
	}
	return all
}

func TestFailoverAnnouncesOnTheNewMember(t *testing.T) {
	arp := "ffffffffffff" + "020000000055" + "0806" + "0001080006040001" +
		"020000000055" + "c0000201" + "000000000000" + "c0000201"
	na := "333300000001" + "020000000055" + "86dd" + "60000000" + "0020" + "3aff" +
		"20010db8000000000000000000000001" + "ff020000000000000000000000000001" +
		"8800" + "f8d6" + "20000000" + "20010db8000000000000000000000001" + "0201" + "020000000055"
	for _, count := range []int{0, 1, 10, 50, -1} {
		synctest.Test(t, func(t *testing.T) {
			f := newFar(t, 2, bond.Config{
				Mode: bond.ModeFailover, Primary: "m0", HardwareAddr: net.HardwareAddr{2, 0, 0, 0, 0, 0x55},
				AnnounceCount: count, AnnounceInterval: 300 * time.Millisecond,
				Announce: []netip.Prefix{netip.MustParsePrefix("192.0.2.1/24"), netip.MustParsePrefix("2001:db8::1/64")},
			})
			want := max(count, 0)
			if count == 0 {
				want = 1
			}
			time.Sleep(time.Minute)
			synctest.Wait()
			f.frames(0)
			f.frames(1)
			f.cables[0].SetUp(false)
			var at []time.Duration
			var got []string
			start := time.Now()
			for range 1000 {
				synctest.Wait()
				for _, g := range f.frames(1) {
					at, got = append(at, time.Since(start)), append(got, g)
				}
				time.Sleep(100 * time.Millisecond)
			}
			if len(got) != 2*want || len(f.frames(0)) != 0 {
				t.Fatalf("count %d: %d announcements, want %d", count, len(got), 2*want)
			}
			for i := range want {
				if !strings.HasPrefix(got[2*i], arp) || got[2*i+1] != na {
					t.Fatalf("count %d, turn %d:\n%s\n%s\nwant\n%s\n%s", count, i, got[2*i], got[2*i+1], arp, na)
				}
				if d := time.Duration(i) * 300 * time.Millisecond; at[2*i] != d || at[2*i+1] != d {
					t.Errorf("count %d, turn %d: at %v and %v, want %v", count, i, at[2*i], at[2*i+1], d)
				}
			}
		})
	}
}

func TestNewAddressIsAnnounced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFar(t, 1, bond.Config{Mode: bond.ModeLoadBalance})
		if got := f.frames(0); len(got) != 0 {
			t.Fatalf("sent %v without an address, want nothing", got)
		}
		if err := f.Set(func(c *bond.Config) { c.Announce = []netip.Prefix{netip.MustParsePrefix("192.0.2.9/24")} }); err != nil {
			t.Fatal(err)
		}
		got := f.frames(0)
		if len(got) != 1 || !strings.Contains(got[0], "c0000209"+"000000000000"+"c0000209") {
			t.Errorf("sent %v, want one announcement of 192.0.2.9", got)
		}
	})
}

func TestActiveMemberAloneCarriesTheAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		addr := net.HardwareAddr{2, 0, 0, 0, 0, 0x55}
		f := newFar(t, 2, bond.Config{Mode: bond.ModeFailover, Primary: "m0", MACPolicy: bond.MACActive, HardwareAddr: addr})
		check := func(active int) {
			t.Helper()
			synctest.Wait()
			for i, c := range f.cables {
				want := c.A.HardwareAddr()
				if i == active {
					want = addr
				}
				if got, _, _ := c.A.InterfaceAddr(); !slices.Equal(got, want) {
					t.Errorf("m%d has %v, want %v", i, got, want)
				}
			}
		}
		check(0)
		f.cables[0].SetUp(false)
		check(1)
		f.cables[0].SetUp(true)
		check(0)
		if got := f.HardwareAddr(); !slices.Equal(got, addr) {
			t.Errorf("the bond's address is %v, want %v", got, addr)
		}
	})
}
