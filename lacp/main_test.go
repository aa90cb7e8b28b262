package lacp

import (
	"fmt"
	"os"
	"testing"
)

// Rounds returns how often a test repeats what takes long: few times, or many if the environment
// variable LAGKIT_LAB is set, as in .ci/run.
func Rounds(few, many int) int {
	if os.Getenv("LAGKIT_LAB") != "" {
		return many
	}
	return few
}

func TestMain(m *testing.M) {
	unsettled = func(p *port) { panic(fmt.Sprintf("port %d does not settle: %+v", p.cfg.Number, p)) }
	code := m.Run()
	if code == 0 && wholeRun() {
		for _, g := range guardsNotTaken() {
			fmt.Println(g)
			code = 1
		}
	}
	os.Exit(code)
}
