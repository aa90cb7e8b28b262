package linktest_test

import (
	"fmt"
	"log"

	"github.com/lagkit/lagkit/bond/link"
	"github.com/lagkit/lagkit/bond/link/linktest"
)

// What is written at one end of a cable is read at the other.
func ExampleNewCable() {
	cable := linktest.NewCable("near", "far")
	defer cable.A.Close()
	defer cable.B.Close()
	if _, err := cable.A.Write([]link.Frame{{Data: []byte("a frame")}}); err != nil {
		log.Fatal(err)
	}
	frames := make([]link.Frame, 1)
	n, err := cable.B.Read([][]byte{make([]byte, 1514)}, frames)
	fmt.Println(n, string(frames[0].Data), err)

	cable.SetUp(false)
	st, _ := cable.B.State()
	fmt.Println("up:", st.Up)
	// Output:
	// 1 a frame <nil>
	// up: false
}
