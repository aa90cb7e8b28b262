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

Prints every slow-protocols frame (EtherType 0x8809, with or without VLAN tags) of a
pcap or pcapng file, one line each. The file may be compressed with gzip; - is the
standard input. If no such file exists, the argument is an interface. lacpdump then
prints its frames, received and sent, as they pass, until SIGINT or SIGTERM (Linux
only, needs CAP_NET_RAW).

A line shows time, number of the frame in the file, source and destination, VLAN
ids, kind and content. State letters: Expired, deFaulted, Distributing,
Collecting, Synchronization, aGgregation, Short timeout, Active; * is clear.
For a LACPDU that the capture cut, the line shows Actor, Partner and Collector if they
are whole, and ends with the number of missing octets.

  -json   one JSON object per line: frame, time, type (lacpdu, marker,
          marker-response, oam, ossp, unknown, illegal), error if illegal, src,
          dst, vlans, cut (the number of octets that the capture left out, if any);
          for LACPDUs version, actor, partner, collector_max_delay (in units of 10
          microseconds), tlvs (if any follow the fixed fields); for Markers version,
          requester_port, requester_system, transaction.
          On an interface frame counts the frames printed.
  -replay FILE -as MAC
          Feeds the capture of one link into an engine that takes the place of the end
          with that source address or that system identifier. Each line starts with the
          seconds since the first frame. For each frame the lines show what that end
          sent or received, how the engine's machines move, what the engine would send,
          and its state with the reason. A "!" marks where the captured end deviates from
          the standard. A summary follows. The standard reserves key and port number 0;
          the engine uses other numbers in their place.

Exit status: 0 if the file was read whole or a signal ended the live capture; 2, with
a message, if the file is not an Ethernet capture or ends in the middle of a record
(after the frames before it), and for every other error.
`

const exitFailed = 2

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// standardInput is the file name that stands for the standard input.
const standardInput = "-"

// run runs the program and returns its exit status.
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

// runReplay runs the program with -replay and -as.
func runReplay(name, as string, alone bool, stdin io.Reader, stdout, stderr io.Writer) int {
	if name == "" || as == "" || !alone {
		fmt.Fprintf(stderr, "lacpdump: want -replay FILE and -as MAC, without other arguments\n%s", usage)
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

// dump prints the file of this name or, if no such file exists, the interface.
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
		// The standard input may come from a live capture.
		if err := p.out.Flush(); err != nil {
			return err
		}
	}
	return nil
}
