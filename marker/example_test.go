package marker_test

import (
	"fmt"
	"time"

	"github.com/lagkit/lagkit/lacp"
	"github.com/lagkit/lagkit/marker"
)

// A bucket of conversations moves from port 1 after the partner has passed on the
// frames sent there.
func ExampleGenerator() {
	us, partner := lacp.MAC{2, 0, 0, 0, 0, 1}, lacp.MAC{2, 0, 0, 0, 0, 2}
	gen, err := marker.NewGenerator(marker.GeneratorConfig{System: us, FirstTransaction: 7})
	if err != nil {
		panic(err)
	}
	if err := gen.AddPort(1, us); err != nil {
		panic(err)
	}
	answering := marker.Responder{Source: partner} // the other end of the link

	now := time.Now()
	const bucket = 42 // no more frames of it are sent from here on
	if _, err := gen.Flush(now, 1, bucket); err != nil {
		panic(err)
	}
	var answer []byte
	for _, a := range gen.Actions() {
		if a.Kind == marker.ActionTransmit {
			fmt.Printf("Marker %d on port %d\n", a.PDU.TransactionID, a.Port)
			answer, _ = answering.Respond(now, a.AppendFrame(nil), nil)
		}
	}
	gen.Receive(now, 1, answer)
	for _, a := range gen.Actions() {
		if a.Kind == marker.ActionDone {
			fmt.Printf("bucket %d: %v\n", a.Flush.Bucket, a.Result)
		}
	}
	// Output:
	// Marker 7 on port 1
	// bucket 42: answered
}
