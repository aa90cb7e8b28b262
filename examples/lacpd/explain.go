package main

import (
	"context"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/lagkit/lagkit/examples/lacpd/internal/control"
	"github.com/lagkit/lagkit/examples/lacpd/internal/flow"
	"github.com/lagkit/lagkit/examples/lacpd/internal/render"
	"github.com/lagkit/lagkit/examples/lacpd/internal/view"
)

var explainCommand = command{
	name:  "explain",
	args:  "[BOND] FRAME | [BOND] SOURCE TARGET PROTOCOL [SOURCEPORT TARGETPORT]",
	brief: "shows which member carries a frame, and why",
	help: "asks the running bond which member carries a frame that the host sends now, and why. FRAME is an Ethernet frame in hexadecimal; " +
		"or give a flow by its IP addresses, protocol and ports. BOND may be left out if there is only one.",
	least: 1, most: 6,
	setup: func(f *flag.FlagSet) runFunc {
		a := explainFlags{client: clientFlags(f, "the explanation")}
		f.StringVar(&a.from, "from", "", "source `MAC` address of the flow (default the bond's)")
		f.StringVar(&a.to, "to", "", "destination `MAC` address of the flow, which is that of the next hop; hash policies with layer2 read it")
		f.UintVar(&a.vlan, "vlan", 0, "`ID` of the flow's VLAN tag")
		return func(ctx context.Context, args []string, stdout, stderr io.Writer) int {
			return runExplain(ctx, &a, args, stdout, stderr)
		}
	},
}

// explainFlags are the flags of the command explain.
type explainFlags struct {
	*client
	from, to string // MAC addresses
	vlan     uint
}

// runExplain runs the command explain and returns the exit status.
func runExplain(ctx context.Context, a *explainFlags, words []string, stdout, stderr io.Writer) int {
	args, assumed, err := readExplain(ctx, a, words)
	var wrong *wrongArgument
	if errors.As(err, &wrong) {
		return wrongUse(stderr, "explain", wrong.Error())
	}
	var e view.Explanation
	if err == nil {
		err = control.Ask(ctx, a.socket, "explain", args, &e)
	}
	switch {
	case err != nil:
	case a.json:
		err = printJSON(stdout, e)
	default:
		err = render.Explain(stdout, &e)
		if readsMACs := strings.Contains(e.Hash, "layer2") || strings.Contains(e.Hash, "encap2"); err == nil && assumed && e.Trace != nil && readsMACs {
			_, err = fmt.Fprintln(stdout, "  the destination MAC address was not given: the answer is for 00:00:00:00:00:00; add -to MAC")
		}
	}
	return ended(stderr, err)
}

// wrongArgument is returned for an argument that can't be read.
type wrongArgument struct{ error }

// readExplain returns what to ask for. assumed reports whether the destination MAC address of a
// flow was not given.
func readExplain(ctx context.Context, a *explainFlags, rest []string) (args explainArgs, assumed bool, err error) {
	if len(rest) == 2 || len(rest) == 4 || len(rest) == 6 {
		args.Bond, rest = rest[0], rest[1:]
	}
	if len(rest) == 1 {
		args.Frame = strings.NewReplacer(":", "", " ", "", "-", "").Replace(rest[0])
		if _, err := hex.DecodeString(args.Frame); err != nil {
			return args, false, &wrongArgument{fmt.Errorf("frame %q: allowed: octets in hexadecimal", rest[0])}
		}
		return args, false, nil
	}
	f, err := flow.Parse(rest)
	if err != nil {
		return args, false, &wrongArgument{err}
	}
	if a.vlan > 4094 {
		return args, false, &wrongArgument{fmt.Errorf("-vlan %d: allowed: 0 to 4094", a.vlan)}
	}
	f.VLAN, f.To, f.From = uint16(a.vlan), make(net.HardwareAddr, 6), make(net.HardwareAddr, 6)
	if a.to != "" {
		if f.To, err = macAddress("-to", a.to); err != nil {
			return args, false, err
		}
	}
	if a.from != "" {
		f.From, err = macAddress("-from", a.from)
	} else {
		f.From, err = bondAddress(ctx, a.socket, args.Bond)
	}
	args.Frame = hex.EncodeToString(f.Frame())
	return args, a.to == "", err
}

func macAddress(flag, s string) (net.HardwareAddr, error) {
	addr, err := net.ParseMAC(s)
	if err != nil || len(addr) != 6 {
		return nil, &wrongArgument{fmt.Errorf("%s %q: allowed: a MAC address", flag, s)}
	}
	return addr, nil
}

// bondAddress returns the MAC address of a bond, or of the only one.
func bondAddress(ctx context.Context, socket, name string) (net.HardwareAddr, error) {
	s, err := readBonds(ctx, socket, name)
	if err != nil {
		return nil, err
	}
	if len(s.Bonds) != 1 {
		return nil, errUnnamed(bondNames(s))
	}
	addr, err := net.ParseMAC(s.Bonds[0].MAC)
	if err != nil { // it is not open: lacpd explains that
		return make(net.HardwareAddr, 6), nil //nolint:nilerr // the answer to the question has the reason
	}
	return addr, nil
}
