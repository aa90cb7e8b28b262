// Command hashview shows which member of a LAG each frame of a capture file would
// take, the transmit hash that decides it, and how well it spreads the traffic.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/lagkit/lagkit/hash"
	"github.com/lagkit/lagkit/hash/spread"
)

const usage = `usage: hashview [flags] -members N|-weights W,W,... FILE|-

Prints for each frame of a pcap or pcapng file its transmit hash, as the Linux
bonding driver computes it, and the member, counted from 0, that a LAG of N
members sends it on. The last line has the frames of each member. The file may be
compressed with gzip; - is the standard input.

The group:
  -members N   how many members, 1 to 65536
  -weights W   their speeds in place of their number, such as 10,10,25
  -table T     modulo: Linux's choice, the default without -weights; resilient:
               buckets, the default for policy flow and with -weights
  -buckets B   how many buckets, a power of two, 64 to 4096 (default 1024)

The hash:
  -policy P    layer2, layer2+3 (default), layer3+4, encap2+3, encap3+4 or
               vlan+srcmac, or their Linux numbers; flow; dpdk:l2, dpdk:l23, dpdk:l34
  -tags V      stripped (default): the outer VLAN tag is beside the frame, as Linux
               has it for a VLAN device on the bond; inline: it is in the frame, as
               XDP sees it; socket: as a packet socket on the bond sends it
  -seed TEXT   what the seed of flow is made from (default none: the zero seed)
  -symmetric, -inner, -hardened
               variants of flow: both directions alike; by the packet in a tunnel;
               SipHash

What to show, in place of a line per frame:
  -explain     for each frame what was read, what was mixed, and why not more
  -frame N     only frame N, counted from 1
  -report      share of each member, the heaviest buckets, what a loss would move
  -lose M      what moves when member M goes
  -compare     all policies side by side
  -svg FILE    also draw the members' shares into FILE
  -json        one object per line: {"frame":1,"hash":"0x0000084b","member":2};
               with -report one object

A frame that the capture cut is hashed as far as it is there, and counts with the
octets it had on the wire.

Exit status: 0 when the file was read whole; 2, with a message, when it is no
Ethernet capture or ends in the middle of a record (after what came before), and
for every other error.
`

const (
	exitFailed = 2
	maxMembers = 1 << 16 // as many as a hash table has numbers for
)

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// run is the program without the process around it; it returns the exit status.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("hashview", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() { fmt.Fprint(stderr, usage) }
	o := newOptions(flags)
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return exitFailed
	}
	if err := o.check(flags); err != nil {
		fmt.Fprintf(stderr, "hashview: %v\n%s", err, usage)
		return exitFailed
	}
	out := bufio.NewWriterSize(stdout, 64<<10)
	v, err := newView(o, out)
	if err == nil {
		err = errors.Join(v.show(flags.Arg(0), stdin), out.Flush())
	}
	if err != nil {
		fmt.Fprintf(stderr, "hashview: %s: %v\n", flags.Arg(0), err)
		return exitFailed
	}
	return 0
}

// options are what the command line says.
type options struct {
	policy  hash.Policy
	hash    hash.Options
	members []spread.Member
	table   spread.Selection
	buckets int

	count     int
	weights   string
	tableName string
	seed      string

	explain, report, compare, json bool
	frame, lose                    int
	svg                            string
}

// noMember is -lose when it is not given.
const noMember = -1

func newOptions(flags *flag.FlagSet) *options {
	o := &options{}
	flags.TextVar(&o.policy, "policy", hash.Layer23, "")
	flags.TextVar(&o.hash.Tags, "tags", hash.TagStripped, "")
	flags.IntVar(&o.count, "members", 0, "")
	flags.StringVar(&o.weights, "weights", "", "")
	flags.StringVar(&o.tableName, "table", "", "")
	flags.IntVar(&o.buckets, "buckets", 0, "")
	flags.StringVar(&o.seed, "seed", "", "")
	flags.BoolVar(&o.hash.Symmetric, "symmetric", false, "")
	flags.BoolVar(&o.hash.Inner, "inner", false, "")
	flags.BoolVar(&o.hash.Hardened, "hardened", false, "")
	flags.BoolVar(&o.explain, "explain", false, "")
	flags.BoolVar(&o.report, "report", false, "")
	flags.BoolVar(&o.compare, "compare", false, "")
	flags.IntVar(&o.frame, "frame", 0, "")
	flags.IntVar(&o.lose, "lose", noMember, "")
	flags.StringVar(&o.svg, "svg", "", "")
	flags.BoolVar(&o.json, "json", false, "")
	return o
}
