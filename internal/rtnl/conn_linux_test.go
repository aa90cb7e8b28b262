package rtnl

import (
	"testing"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// An answer that was not read to its end is not taken for the next one.
func TestAnswersStayInStep(t *testing.T) {
	r, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for i, m := range []netlink.Message{
		{Header: netlink.Header{Type: unix.RTM_GETLINK, Flags: netlink.Request | netlink.Dump}, Data: ifInfo(0, 0, 0)},
		{Header: netlink.Header{Type: unix.RTM_GETLINK, Flags: netlink.Request}, Data: ifInfo(1<<30, 0, 0)},
	} {
		if _, err := r.conn.Send(m); err != nil {
			t.Fatal(err)
		}
		r.left = true
		li, err := r.LinkByIndex(1)
		if err != nil || li.Name != "lo" {
			t.Errorf("request %d: LinkByIndex(1) = %q, %v; want \"lo\", nil", i, li.Name, err)
		}
		if links, err := r.Links(); err != nil || len(links) == 0 || links[0].Index != 1 {
			t.Errorf("request %d: Links() = %v, %v; want the loopback interface first", i, links, err)
		}
	}
}
