package lacp

import (
	"fmt"
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	unsettled = func(p *port) { panic(fmt.Sprintf("port %d does not settle: %+v", p.cfg.Number, p)) }
	os.Exit(m.Run())
}
