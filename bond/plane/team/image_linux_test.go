package team

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/lagkit/lagkit/bond/plane"
	"github.com/lagkit/lagkit/hash"
)

// lines describes options in short.
func lines(list []option) (out []string) {
	for _, o := range list {
		switch {
		case o.kind == kindBool:
			out = append(out, fmt.Sprintf("%s %d %v", o.name, o.port, o.data != nil))
		case o.array:
			out = append(out, fmt.Sprintf("row %d %d", o.index, o.number()))
		default:
			out = append(out, o.name)
		}
	}
	return out
}

func imageOf(t *testing.T, twoWay bool, collect, distribute []int) *image {
	t.Helper()
	p := testPlan(t, hash.Layer34, 3) // ports 1 to 3
	for id := range p.Members {
		p.Members[id].Collecting, p.Members[id].Distributing = slices.Contains(collect, id), slices.Contains(distribute, id)
	}
	img, err := compile(&p, twoWay)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// TestChangesAreInOrder: no port sends that shall not, meanwhile.
func TestChangesAreInOrder(t *testing.T) {
	all, none := []int{0, 1, 2}, []int(nil)
	for _, c := range []struct {
		name   string
		twoWay bool
		have   *image
		want   *image
		lines  []string
	}{
		{"nothing", false, imageOf(t, false, all, all), imageOf(t, false, all, all), nil},
		{"another member", false, imageOf(t, false, []int{0}, []int{0}), imageOf(t, false, []int{1}, []int{1}),
			[]string{"enabled 2 true", "row 0 2", "enabled 1 false"}},
		{"one more", false, imageOf(t, false, []int{0, 1}, []int{0, 1}), imageOf(t, false, all, all),
			[]string{"enabled 3 true", "row 2 3", "bpf_hash_func"}},
		{"one less", false, imageOf(t, false, all, all), imageOf(t, false, []int{1, 2}, []int{1, 2}),
			[]string{"row 0 2", "row 1 3", "bpf_hash_func", "enabled 1 false"}},
		{"one only receives", false, imageOf(t, false, none, none), imageOf(t, false, []int{0, 1}, []int{1}),
			[]string{"enabled 2 true", "row 0 2", "bpf_hash_func", "enabled 1 true"}},
		{"none sends", false, imageOf(t, false, all, all), imageOf(t, false, all, none),
			[]string{"enabled 1 false", "enabled 2 false", "enabled 3 false"}},
		{"none sends, two ways", true, imageOf(t, true, all, all), imageOf(t, true, all, none),
			[]string{"tx_enabled 1 false", "tx_enabled 2 false", "tx_enabled 3 false"}},
		{"one only receives, two ways", true, imageOf(t, true, none, none), imageOf(t, true, []int{0, 1}, []int{1}),
			[]string{"rx_enabled 2 true", "tx_enabled 2 true", "row 0 2", "bpf_hash_func", "rx_enabled 1 true"}},
	} {
		if got := lines(changes(c.have, c.want)); !slices.Equal(got, c.lines) {
			t.Errorf("%s: %q, want %q", c.name, got, c.lines)
		}
	}
}

// TestDriverWithTwoWaysIsFound by its options.
func TestDriverWithTwoWaysIsFound(t *testing.T) {
	list := []option{textOption(optionMode, modeFlows), boolOption(optionEnabled, 4, true),
		boolOption(optionReceive, 4, true), boolOption(optionSend, 4, false), boolOption(optionEnabled, 5, false)}
	got := parse(list)
	if want := map[uint32]use{4: {receive: true}}; !got.twoWay || !reflect.DeepEqual(got.ports, want) {
		t.Errorf("twoWay = %v with ports %v, want %v", got.twoWay, got.ports, want)
	}
}

// TestTableFollowsThePlan: each number that the program gives picks the member that the plan's
// table picks for the hash.
func TestTableFollowsThePlan(t *testing.T) {
	for name, change := range map[string]func(*plane.Plan){
		"members":     func(*plane.Plan) {},
		"one less":    func(p *plane.Plan) { p.Members[1].Distributing = false },
		"buckets":     func(p *plane.Plan) { p.Buckets = []uint16{2, 0, 0, 1, 2, 2, 0} },
		"256 buckets": func(p *plane.Plan) { p.Buckets = slices.Repeat([]uint16{2, 0, 0, 1}, 64) },
		"resilient":   func(p *plane.Plan) { p.Resilient = true },
		"a member has no cable and its flows are elsewhere": func(p *plane.Plan) { p.Resilient, p.Members[1].Distributing = true, false },
	} {
		p := testPlan(t, hash.Layer34, 3)
		change(&p)
		img, err := compile(&p, false)
		if err != nil {
			t.Fatal(err)
		}
		length := slices.Index(img.table[:], 0)
		if length < 0 {
			length = tableLen
		}
		exact := !p.Resilient || len(p.Order()) == len(p.Members)
		for sum := range uint32(5000) {
			sum *= 2654435761
			id, _ := p.Table().Pick(sum)
			if !exact && p.Members[sum%3].Distributing { // only those of the lost member move row by row
				id = int(sum % 3)
			} else if !exact {
				id, _ = p.Table().Pick(sum % uint32(length))
			}
			want, err := indexOf(p.Members[id].Port)
			if err != nil {
				t.Fatal(err)
			}
			if got := img.table[sum%uint32(length)]; got != want {
				t.Fatalf("%s: hash %d is on port %d, want %d", name, sum, got, want)
			}
		}
	}
}

// TestModesWithoutTable: what only collects is not used by a driver that can't tell the
// directions apart.
func TestModesWithoutTable(t *testing.T) {
	p := testPlan(t, hash.Layer34, 3)
	p.Spread = plane.SpreadInTurn
	p.Members[1].Distributing = false
	p.Members[2] = plane.Member{}
	for twoWay, want := range map[bool]map[uint32]use{
		false: {1: {true, true}, 2: {}},
		true:  {1: {true, true}, 2: {receive: true}},
	} {
		img, err := compile(&p, twoWay)
		if err != nil || img.mode != modeTurns || !reflect.DeepEqual(img.ports, want) {
			t.Errorf("two ways %v: %+v, %v; want mode roundrobin and ports %v", twoWay, img, err, want)
		}
	}
}
