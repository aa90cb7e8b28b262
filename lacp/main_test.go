package lacp

import (
	"fmt"
	"os"
	"testing"
)

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
