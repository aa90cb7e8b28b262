package guard

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"sync"
	"time"
)

// Watch is the work of one watchdog, as netif.GuardMembers does it.
type Watch func(orders io.Reader, answers io.Writer, patience time.Duration) (down []string, err error)

// Run is the work of the process: it reads orders until the other process ends. watch guards the
// members of one bond. report gets the links that are down at the end of a watch.
func Run(orders io.Reader, answers io.Writer, watch Watch, report func(bond string, down []string, err error)) error {
	if _, err := io.WriteString(answers, answerReady); err != nil {
		return err
	}
	r := runner{watch: watch, report: report, bonds: make(map[string]*pump)}
	lines := bufio.NewScanner(orders)
	for lines.Scan() {
		name, order, _ := strings.Cut(lines.Text(), " ")
		r.take(name, order)
	}
	for _, p := range r.bonds {
		close(p.lines)
	}
	r.work.Wait()
	return lines.Err()
}

type runner struct {
	watch  Watch
	report func(bond string, down []string, err error)
	bonds  map[string]*pump
	work   sync.WaitGroup
}

// pump has the orders that wait for the watchdog of a bond. One that waits for the kernel does not hold
// up the others.
type pump struct{ lines chan string }

// most is how many orders may wait.
const most = 64

// take takes an order.
func (r *runner) take(name, order string) {
	if text, ok := strings.CutPrefix(order, orderBegin+" "); ok {
		patience, err := time.ParseDuration(text)
		if err != nil || r.bonds[name] != nil {
			r.report(name, nil, errors.New("watchdog got an order that it does not know: "+order))
			return
		}
		p := &pump{make(chan string, most)}
		r.bonds[name] = p
		r.work.Go(func() { r.guard(name, p, patience) })
		return
	}
	p := r.bonds[name]
	switch {
	case p == nil:
	case order == orderAlive:
		select {
		case p.lines <- order:
		default: // others wait, which say the same
		}
	default:
		p.lines <- order
	}
	if p != nil && order == orderDismiss {
		close(p.lines)
		delete(r.bonds, name)
	}
}

// guard runs the watchdog of a bond.
func (r *runner) guard(name string, p *pump, patience time.Duration) {
	in, out := io.Pipe()
	r.work.Go(func() {
		for line := range p.lines {
			_, _ = io.WriteString(out, line+"\n") // fails only once the watchdog has ended
		}
		_ = out.Close() // never fails
	})
	down, err := r.watch(in, io.Discard, patience)
	_ = in.Close() // never fails
	if len(down) > 0 || err != nil {
		r.report(name, down, err)
	}
}
