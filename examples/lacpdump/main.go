// Command lacpdump prints the slow-protocols frames (LACP, Marker, OAM, OSSP) of
// a capture file or of an interface, one line each.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"

	"github.com/lagkit/lagkit/internal/capture"
	"github.com/lagkit/lagkit/lacp"
)

const usage = `usage: lacpdump [-json] FILE|-|IFACE
       lacpdump -replay FILE|- -as MAC

Prints every slow-protocols frame (EtherType 0x8809, VLAN-tagged ones too) of a
pcap or pcapng file, one line each. The file may be compressed with gzip; - is the
standard input. If there is no such file, the argument is an interface: its frames,
received and sent, are printed as they pass (Linux only, needs CAP_NET_RAW) until
SIGINT or SIGTERM.

A line shows time, number of the frame in the file, source and destination, VLAN
ids, kind and content. State letters: Expired, deFaulted, Distributing,
Collecting, Synchronization, aGgregation, Short timeout, Active; * is clear.
Of a LACPDU that the capture cut, what is whole of Actor, Partner and Collector is
printed, and at the end how many octets are missing.

  -json   one JSON object per line: frame, time, type (lacpdu, marker,
          marker-response, oam, ossp, unknown, illegal), error where illegal, src,
          dst, vlans, cut where the capture left out that many octets; of LACPDUs
          version, actor, partner, collector_max_delay (in 10 microseconds), tlvs
          where there are any behind the fixed fields; of Markers version,
          requester_port, requester_system, transaction.
          On an interface frame counts the frames printed.
  -replay FILE -as MAC
          Feeds the capture of one link into an engine that takes the place of the end
          with that source address, or that system identifier, and prints for each
          frame, after the seconds since the first: what that end sent and received,
          how the engine's machines move and what it would send, in which state it is
          and why; and with a "!" where the captured end did something else than the
          standard asks for. A summary follows. A key or port number of 0, which the
          standard reserves, is replaced in the engine alone.

Exit status: 0 when the file was read whole or the live capture was ended by a
signal; 2, with a message, when the file is no Ethernet capture or ends in the
middle of a record (after what came before), and for every other error.
`

const exitFailed = 2

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// standardInput is the name of a file that stands for the standard input.
const standardInput = "-"

// run is the program without the process around it; it returns the exit status.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("lacpdump", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() { fmt.Fprint(stderr, usage) }
	asJSON := flags.Bool("json", false, "")
	replayed := flags.String("replay", "", "")
	as := flags.String("as", "", "")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return exitFailed
	case *replayed != "" || *as != "":
		return runReplay(*replayed, *as, flags.NArg() == 0 && !*asJSON, stdin, stdout, stderr)
	case flags.NArg() != 1:
		fmt.Fprintf(stderr, "lacpdump: want one file or interface, got %d arguments\n%s", flags.NArg(), usage)
		return exitFailed
	}
	out := bufio.NewWriterSize(stdout, 64<<10)
	p := printer{out: out, json: json.NewEncoder(out), asJSON: *asJSON}
	err := errors.Join(dump(&p, flags.Arg(0), stdin, stderr), out.Flush())
	if err != nil {
		fmt.Fprintf(stderr, "lacpdump: %s: %v\n", flags.Arg(0), err)
		return exitFailed
	}
	return 0
}

// runReplay is the program with -replay and -as.
func runReplay(name, as string, alone bool, stdin io.Reader, stdout, stderr io.Writer) int {
	if name == "" || as == "" || !alone {
		fmt.Fprintf(stderr, "lacpdump: want -replay FILE and -as MAC, both and nothing else\n%s", usage)
		return exitFailed
	}
	mac, err := lacp.ParseMAC(as)
	if err != nil {
		fmt.Fprintf(stderr, "lacpdump: -as: %v\n", err)
		return exitFailed
	}
	out := bufio.NewWriterSize(stdout, 64<<10)
	if err := errors.Join(replayFile(out, name, stdin, mac), out.Flush()); err != nil {
		fmt.Fprintf(stderr, "lacpdump: %s: %v\n", name, err)
		return exitFailed
	}
	return 0
}

// dump prints the file of this name or, if there is none, the interface.
func dump(p *printer, name string, stdin io.Reader, stderr io.Writer) error {
	if name == standardInput {
		return dumpFile(p, name, stdin)
	}
	_, err := os.Stat(name)
	if err == nil {
		return dumpFile(p, name, stdin)
	}
	ifi, noInterface := net.InterfaceByName(name)
	switch {
	case noInterface == nil:
		return dumpInterface(p, ifi, stderr)
	case errors.Is(err, os.ErrNotExist):
		return errors.New("no such file, and no such interface")
	}
	return err
}

// openCapture opens the capture of that name, or reads the standard input.
func openCapture(name string, stdin io.Reader) (*capture.Reader, error) {
	if name == standardInput {
		return capture.NewReader(stdin)
	}
	return capture.Open(name)
}

func dumpFile(p *printer, name string, stdin io.Reader) error {
	r, err := openCapture(name, stdin)
	if err != nil {
		return err
	}
	defer r.Close()
	for f, err := range r.Frames() {
		if err != nil {
			return err
		}
		if err := p.print(f); err != nil {
			return err
		}
		if name != standardInput {
			continue
		}
		// What writes to the standard input may be a live capture.
		if err := p.out.Flush(); err != nil {
			return err
		}
	}
	return nil
}
