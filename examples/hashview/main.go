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

Prints the transmit hash of each frame of a pcap or pcapng file, as the Linux
bonding driver computes it, and the member, counted from 0, of a LAG of N members
that carries the frame. The last line has the number of frames of each member. The
file may be compressed with gzip; - is the standard input.

The group:
  -members N   number of members, 1 to 65536
  -weights W   speeds of the members, in place of their number, such as 10,10,25
  -table T     modulo: as Linux does, the default without -weights; resilient:
               buckets, the default for policy flow and with -weights
  -buckets B   number of buckets, a power of two, 64 to 4096 (default 1024)

The hash:
  -policy P    layer2, layer2+3 (default), layer3+4, encap2+3, encap3+4 or
               vlan+srcmac, or their Linux numbers; flow; dpdk:l2, dpdk:l23, dpdk:l34
  -tags V      stripped (default): the outer VLAN tag is kept outside the frame, as
               Linux does for a VLAN device on the bond; inline: it is in the frame,
               as XDP sees it; socket: as a packet socket on the bond sends it
  -seed TEXT   text to derive the seed of flow from (default: the zero seed)
  -symmetric, -inner, -hardened
               variants of flow: hash both directions alike; hash the packet in a
               tunnel; use SipHash

The output, in place of a line per frame:
  -explain     the fields read and words mixed for each frame, and why no others
  -frame N     only frame N, counted from 1
  -report      share of each member, the heaviest buckets, what a loss would move
  -lose M      what moves if member M fails
  -compare     all policies side by side
  -svg FILE    also draw the members' shares into FILE
  -json        one object per line: {"frame":1,"hash":"0x0000084b","member":2};
               with -report one object

hashview hashes the captured part of a frame that the capture cut, and counts the
octets the frame had on the wire.

Exit status: 0 if the file was read whole; 2, with a message, if it is not an
Ethernet capture or ends in the middle of a record (after the frames before it), and
for every other error.
`

const (
	exitFailed = 2
	maxMembers = 1 << 16 // the number of ids that a hash table can hold
)

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// run runs the program and returns its exit status.
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

// options holds the settings of the command line.
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

// noMember is the value of -lose if it is not given.
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
