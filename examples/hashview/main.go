// Command hashview shows which member of a LAG each frame of a capture file would
// take, and the transmit hash that decides it.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/lagkit/lagkit/hash"
)

const usage = `usage: hashview [-policy P] -members N [-tags stripped|inline|socket] [-json] FILE

Prints for each frame of a pcap or pcapng file its transmit hash, as the Linux
bonding driver computes it, and the member, counted from 0, that a LAG of N
members sends it on. The last line has the frames of each member.

  -policy P    layer2, layer2+3 (default) or layer3+4, or their Linux numbers
  -members N   how many members, 1 to 65536
  -tags V      stripped (default): the outer VLAN tag is beside the frame, as Linux
               has it for a VLAN device on the bond; inline: it is in the frame, as
               for a packet socket
  -json        one object per line: {"frame":1,"hash":"0x0000084b","member":2}

A frame that the capture cut is hashed as far as it is there.

Exit status: 0 when the file was read whole; 2, with a message, when it is no
Ethernet capture or ends in the middle of a record (after what came before), and
for every other error.
`

const (
	exitFailed = 2
	maxMembers = 1 << 16 // as many as a hash table has numbers for
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is the program without the process around it; it returns the exit status.
func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("hashview", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() { fmt.Fprint(stderr, usage) }
	var v view
	var policy hash.Policy
	var tags hash.TagView
	flags.TextVar(&policy, "policy", hash.Layer23, "")
	flags.TextVar(&tags, "tags", hash.TagStripped, "")
	members := flags.Int("members", 0, "")
	flags.BoolVar(&v.asJSON, "json", false, "")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return exitFailed
	case *members < 1 || *members > maxMembers:
		fmt.Fprintf(stderr, "hashview: -members is %d, want 1 to %d\n%s", *members, maxMembers, usage)
		return exitFailed
	case flags.NArg() != 1:
		fmt.Fprintf(stderr, "hashview: want one file, got %d arguments\n%s", flags.NArg(), usage)
		return exitFailed
	}
	out := bufio.NewWriterSize(stdout, 64<<10)
	v.out = out
	err := v.setup(policy, tags, *members)
	if err == nil {
		err = errors.Join(v.show(flags.Arg(0)), out.Flush())
	}
	if err != nil {
		fmt.Fprintf(stderr, "hashview: %s: %v\n", flags.Arg(0), err)
		return exitFailed
	}
	return 0
}
