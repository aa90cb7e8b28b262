package sim

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/lagkit/lagkit/lacp"
)

var errArguments = errors.New("an argument is missing")

// port returns the port of a name such as "a.1".
func (s *script) port(name string) (*Port, error) {
	node, digits, _ := strings.Cut(name, ".")
	number, err := strconv.ParseUint(digits, 10, 16)
	if s.nodes[node] == nil || err != nil {
		return nil, fmt.Errorf("no port %q", name)
	}
	p := s.nodes[node].port(lacp.PortNumber(number))
	if p == nil {
		return nil, fmt.Errorf("no port %q", name)
	}
	return p, nil
}

func (s *script) system(args []string) error {
	if len(args) < 3 {
		return errArguments
	}
	id, err := parseSystem(args[1:])
	if err != nil {
		return err
	}
	c := lacp.Config{System: id}
	for rest := args[3:]; len(rest) > 0; {
		word, value := rest[0], ""
		if rest = rest[1:]; len(rest) > 0 {
			value = rest[0]
		}
		switch word {
		case "require-partner":
			c.RequirePartner = true
			continue
		case "heed-expired":
			c.TreatExpiredAsOutOfSync = true
			continue
		case "lead-partner":
			c.AlignPeriodicTx = true
			continue
		case "repeat-first":
			c.RetryFirstLACPDU = true
			continue
		case "withdraw":
			c.WithdrawOnExpired = true
			continue
		case "non-revertive":
			c.NonRevertive = true
			continue
		case "max-links":
			c.MaxLinks, err = strconv.Atoi(value)
		case "min-links":
			c.MinLinks, err = strconv.Atoi(value)
		case "restore":
			c.WaitToRestore, err = time.ParseDuration(value)
		case "stall":
			c.StallTolerance, err = time.ParseDuration(value)
		case "dampen":
			c.Dampening.HalfLife, err = time.ParseDuration(value)
		case "fallback":
			c.Fallback, err = lacp.ParseFallback(value)
		case "wait":
			c.AggregateWait, err = time.ParseDuration(value)
		case "max-delay":
			c.CollectorMaxDelay, err = parse16(value, 10)
		case "destination":
			c.Destination, err = lacp.ParseMAC(value)
		default:
			err = fmt.Errorf("unknown setting %q", word)
		}
		if err != nil {
			return err
		}
		rest = rest[1:]
	}
	s.nodes[args[0]], err = s.network.AddNode(args[0], c)
	return err
}

func parseSystem(args []string) (lacp.SystemID, error) {
	if len(args) < 2 {
		return lacp.SystemID{}, errArguments
	}
	priority, err := parse16(args[0], 16)
	if err != nil {
		return lacp.SystemID{}, err
	}
	mac, err := lacp.ParseMAC(args[1])
	return lacp.SystemID{Priority: priority, MAC: mac}, err
}

func parse16(s string, base int) (uint16, error) {
	v, err := strconv.ParseUint(s, base, 16)
	return uint16(v), err
}

func number(args []string, to *int) (err error) {
	if len(args) == 0 {
		return errArguments
	}
	*to, err = strconv.Atoi(args[0])
	return err
}

func (s *script) addPort(args []string) error {
	name, digits, _ := strings.Cut(args[0], ".")
	n, err := parse16(digits, 10)
	node := s.nodes[name]
	if err != nil || node == nil {
		return fmt.Errorf("%q is not a port of a system", args[0])
	}
	c := lacp.PortConfig{Number: lacp.PortNumber(n), Key: 1}
	if err := settings(&c, args[1:]); err != nil {
		return err
	}
	_, err = node.AddPort(c)
	return err
}

// settings applies settings to a port's configuration.
func settings(c *lacp.PortConfig, words []string) error {
	for len(words) > 0 {
		word := words[0]
		words = words[1:]
		if flag(c, word) {
			continue
		}
		if len(words) == 0 {
			return fmt.Errorf("unknown setting %q", word)
		}
		if err := value(c, word, words[0]); err != nil {
			return err
		}
		words = words[1:]
	}
	return nil
}

func flag(c *lacp.PortConfig, word string) bool {
	switch word {
	case "active", "passive":
		c.Passive = word == "passive"
	case "fast", "slow":
		c.ShortTimeout = word == "fast"
	case "aggregatable", "individual":
		c.Individual = word == "individual"
	case "independent", "coupled":
		c.CoupledControl = word == "coupled"
	case "enabled", "disabled":
		c.Disabled = word == "disabled"
	case "static":
		c.StaticKey = true
	default:
		return false
	}
	return true
}

func value(c *lacp.PortConfig, word, text string) (err error) {
	if strings.HasPrefix(word, "admin-") && c.PartnerAdmin == (lacp.Info{}) {
		c.PartnerAdmin = lacp.DefaultPartnerAdmin(c.Number)
	}
	base := 10
	switch word {
	case "mac":
		c.MAC, err = lacp.ParseMAC(text)
		return err
	case "admin-partner":
		priority, mac, _ := strings.Cut(text, ",")
		c.PartnerAdmin.System, err = parseSystem([]string{priority, mac})
		return err
	case "priority", "admin-state":
		base = 16
	}
	v, err := parse16(text, base)
	switch word {
	case "key":
		c.Key = lacp.Key(v)
	case "priority":
		c.Priority = v
	case "admin-state":
		c.PartnerAdmin.State = lacp.State(v)
	case "admin-key":
		c.PartnerAdmin.Key = lacp.Key(v)
	case "admin-port":
		c.PartnerAdmin.Port.Number = lacp.PortNumber(v)
	default:
		return fmt.Errorf("unknown setting %q", word)
	}
	return err
}

func (s *script) connect(args []string) error {
	if len(args) < 2 {
		return errArguments
	}
	a, err := s.port(args[0])
	if err != nil {
		return err
	}
	b, err := s.port(args[1])
	if err != nil {
		return err
	}
	l := s.network.Connect(a, b)
	if err := impairment(&l.Direction[0], args[2:]); err != nil {
		return err
	}
	l.Direction[1] = l.Direction[0]
	return nil
}

func impairment(i *Impairment, words []string) (err error) {
	if len(words)%2 != 0 {
		return errArguments
	}
	for ; len(words) > 0 && err == nil; words = words[2:] {
		switch words[0] {
		case "delay":
			i.Delay, err = time.ParseDuration(words[1])
		case "jitter":
			i.Jitter, err = time.ParseDuration(words[1])
		case "loss":
			i.Loss, err = strconv.ParseFloat(words[1], 64)
		case "corrupt":
			i.Corrupt, err = strconv.ParseFloat(words[1], 64)
		case "duplicate":
			i.Duplicate, err = strconv.ParseFloat(words[1], 64)
		default:
			err = fmt.Errorf("unknown impairment %q", words[0])
		}
	}
	return err
}

func (s *script) speed(p *Port, args []string) error {
	var mbps int
	if err := number(args, &mbps); err != nil {
		return err
	}
	duplex := lacp.DuplexFull
	if len(args) > 1 && args[1] == "half" {
		duplex = lacp.DuplexHalf
	}
	p.SetSpeed(uint32(mbps), duplex)
	return nil
}

func (s *script) inject(p *Port, args []string) error {
	frame, err := hex.DecodeString(strings.Join(args, ""))
	if err != nil {
		return err
	}
	p.record.arrived(frame)
	kind, err := p.Inject(frame)
	if err != nil {
		s.printf("%v: %v", kind, err)
		return nil
	}
	s.printf("%v", kind)
	return nil
}
