package lab

import (
	"net"
	"testing"
	"time"

	"github.com/lagkit/lagkit/internal/lab/echo"
	"github.com/lagkit/lagkit/internal/netlab"
)

// echoInterval is the interval of echo requests while a test changes a link.
const echoInterval = 5 * time.Millisecond

// underWay returns how many echo requests, one each echoInterval since start, may be lost with
// a link: the two that are on the cable, and those sent while the machine was too late to let
// us see that the link is gone.
func underWay(start time.Time) int { return underWayMost + int(machine.Slack(start)/echoInterval) }

// handOver is how late the machine may be before frames are lost when a link is handed over.
// Programs wait for each other that long before they continue without an answer.
const handOver = 20 * time.Millisecond

// lostLate returns how many echo requests, one each echoInterval since start, may be lost
// where none should be: none, unless the machine was later than handOver.
func lostLate(start time.Time) int {
	if machine.Since(start) <= handOver {
		return 0
	}
	return int(machine.Slack(start) / echoInterval)
}

// sendEchoes sends count requests from a namespace, one each interval, and calls at with the
// number of each before it is sent.
func sendEchoes(t testing.TB, ns *netlab.NS, from, to string, count int, interval time.Duration, at func(i int)) echo.Result {
	t.Helper()
	var conn net.PacketConn
	ns.Must(t, func() (err error) {
		conn, err = echo.Listen(from)
		return err
	})
	defer conn.Close()
	r, err := echo.Run(conn, to, count, interval, at)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
