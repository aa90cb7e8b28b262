package lab

import (
	"net"
	"testing"
	"time"

	"github.com/lagkit/lagkit/internal/lab/echo"
	"github.com/lagkit/lagkit/internal/netlab"
)

// sendEchoes sends count requests from a namespace, one each interval, and calls
// at with the number of each before it is sent.
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
