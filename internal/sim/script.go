package sim

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/lagkit/lagkit/lacp"
)

// RunScript runs a script on a Network. It returns the script with the output of each
// command below it, each output line after a tab. It drops such lines from the input.
// Lines that begin with # are comments. The error, of a command or of an invariant, names
// the line. The commands:
//
//	seed 7                         seed of all randomness; must come first if given
//	system a 8000 02:00:00:00:00:0a [require-partner] [heed-expired] [lead-partner]
//	                               [wait 2s] [max-delay 100] [repeat-first] [withdraw]
//	                               [max-links N] [non-revertive] [min-links N]
//	                               [restore 3s] [stall 1s] [dampen 1s] [fallback one] [destination MAC]
//	port a.1 key 1 [setting]...    add a port; settings as for "set"
//	set a.1 [setting]...           active passive fast slow aggregatable individual independent
//	                               coupled enabled disabled static key N priority HEX mac MAC
//	                               admin-state HEX admin-partner HEX,MAC admin-key N admin-port N
//	set-system a 8000 MAC          change the System's identifier
//	link a.1 b.1 [impairment]...   connect two ports, both directions; carrier stays down
//	impair a.1 [impairment]...     for frames that a.1 sends: delay D jitter D loss 0.1 duplicate 0.1 corrupt 0.1
//	link-up a.1, link-down a.1     set the carrier at both ends
//	carrier-up a.1, carrier-down a.1   set the carrier at this end only
//	speed a.1 1000 [full|half]     speed and duplex mode of this end
//	cut a.1, heal a.1              lose all frames that a.1 sends; stop losing them
//	drop b.2 5                     lose the next 5 frames that b.2 sends
//	fail a.1 3                     make a.1 fail to send its next 3 LACPDUs
//	inject a.1 HEX                 a frame arrives at a.1
//	remove a.1, unplug a.1         leave gracefully; remove the cable
//	stop a, start a, restart a     kill a System and start it without memory
//	stall a 5s                     give a no time; frames wait
//	settle a                       end all faults, of all Systems and links, and fail unless
//	                               all links are used as configured in time
//	advance 3s                     let time pass
//	show a, show a.1               status of ports
//	reasons a                      show the reason for the state of each port
//	counters a.1                   the port's counters
//	trace [machine...]             show transitions of these machines only; default all but churn:
//	                               receive periodic selection mux actor-churn partner-churn
//	octets on|off                  also show LACPDUs as octets
//	tx on|off                      show LACPDUs
func RunScript(text string) (string, error) {
	s := newScript()
	s.network.Trace = s.transition
	s.network.OnTransmit = s.transmitted
	for number, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		if strings.HasPrefix(line, "\t") {
			continue
		}
		fmt.Fprintln(&s.out, line)
		if err := s.line(line); err != nil {
			return s.out.String(), fmt.Errorf("line %d: %q: %w", number+1, line, err)
		}
	}
	return s.out.String(), nil
}

func newScript() *script {
	return &script{network: New(0), nodes: map[string]*Node{}, transmits: true,
		machines: map[string]bool{"receive": true, "periodic": true, "selection": true, "mux": true}}
}

// line runs one line. The line may be a comment.
func (s *script) line(line string) error {
	fields := strings.Fields(line)
	if len(fields) == 0 || strings.HasPrefix(line, "#") {
		return nil
	}
	return errors.Join(s.run(fields[0], fields[1:]), s.network.Err())
}

type script struct {
	network   *Network
	nodes     map[string]*Node
	out       strings.Builder
	machines  map[string]bool
	octets    bool
	transmits bool
}

func (s *script) run(command string, args []string) error {
	if len(args) == 0 && command != "trace" {
		return errors.New("an argument is missing")
	}
	switch command {
	case "system":
		return s.system(args)
	case "port":
		return s.addPort(args)
	case "link":
		return s.connect(args)
	case "advance":
		d, err := time.ParseDuration(args[0])
		if err != nil {
			return err
		}
		return s.network.Advance(d)
	case "trace":
		clear(s.machines)
		for _, m := range args {
			s.machines[m] = true
		}
		return nil
	case "seed":
		seed, err := strconv.ParseUint(args[0], 10, 64)
		s.network.rand = rand.New(rand.NewPCG(seed, 0))
		return err
	case "octets":
		s.octets = args[0] == "on"
		return nil
	case "tx":
		s.transmits = args[0] == "on"
		return nil
	}
	if !strings.Contains(args[0], ".") {
		return s.nodeCommand(command, args)
	}
	p, err := s.port(args[0])
	if err != nil {
		return err
	}
	return s.portCommand(command, p, args[1:])
}

func (s *script) nodeCommand(command string, args []string) error {
	node := s.nodes[args[0]]
	if node == nil {
		return fmt.Errorf("no system %q", args[0])
	}
	switch command {
	case "set-system":
		id, err := parseSystem(args[1:])
		if err != nil {
			return err
		}
		return node.SetSystem(id)
	case "stall":
		if len(args) < 2 {
			return errArguments
		}
		d, err := time.ParseDuration(args[1])
		if err != nil {
			return err
		}
		node.Stall(d)
	case "settle":
		return s.network.settle()
	case "stop":
		node.Stop()
	case "start":
		return node.Start()
	case "restart":
		return node.Restart()
	case "show", "reasons":
		for _, p := range node.Ports {
			if !p.removed {
				s.show(command, p)
			}
		}
	default:
		return errors.New("unknown command, or a port is missing")
	}
	return nil
}

func (s *script) portCommand(command string, p *Port, args []string) error {
	outgoing, err := p.Outgoing()
	switch command {
	case "set":
		c := p.Config
		if err := settings(&c, args); err != nil {
			return err
		}
		return p.SetPort(c)
	case "speed":
		return s.speed(p, args)
	case "fail":
		return number(args, &p.FailSends)
	case "inject":
		return s.inject(p, args)
	case "remove":
		return p.Remove()
	case "unplug":
		p.Unplug()
		return nil
	case "show", "reasons", "counters":
		s.show(command, p)
		return nil
	}
	if err != nil {
		return err
	}
	switch command {
	case "link-up", "link-down":
		p.link.SetCarrier(command == "link-up")
	case "carrier-up", "carrier-down":
		p.link.SetCarrierAt(p, command == "carrier-up")
	case "impair":
		return impairment(outgoing, args)
	case "cut", "heal":
		outgoing.Cut = command == "cut"
	case "drop":
		return number(args, &outgoing.Drop)
	default:
		return errors.New("unknown command")
	}
	return nil
}

// printf writes a line of output.
func (s *script) printf(format string, args ...any) {
	fmt.Fprintf(&s.out, "\t"+format+"\n", args...)
}

func (s *script) transition(node *Node, t lacp.Transition) {
	if s.machines[strings.ReplaceAll(t.Machine.String(), " ", "-")] {
		s.printf("%-8v %s.%d %-9v %s → %s: %s", t.At.Sub(Epoch), node.Name, t.Port, t.Machine, t.From, t.To, t.Why)
	}
}

func (s *script) transmitted(p *Port, a *lacp.Action) {
	if s.transmits {
		s.printf("%-8v %v sends     %s | %s", s.network.now, p, info(&a.PDU.Actor), info(&a.PDU.Partner))
	}
	if s.octets {
		s.printf("         %x", a.AppendFrame(nil))
	}
}
