package nftables

import (
	"encoding/binary"
	"testing"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

func TestChainWithoutAHookHasNoInterfaces(t *testing.T) {
	ae := netlink.NewAttributeEncoder()
	ae.ByteOrder = binary.BigEndian
	ae.String(unix.NFTA_CHAIN_TABLE, "guard")
	ae.String(unix.NFTA_CHAIN_NAME, "sub")
	attrs, err := ae.Encode()
	if err != nil {
		t.Fatal(err)
	}
	h, err := hookOf(append(make([]byte, genericHeader), attrs...))
	if err != nil || h.Chain != "guard sub" || len(h.Interfaces) > 0 {
		t.Errorf("hook %+v, %v; want chain guard sub without interfaces", h, err)
	}
	if _, err := hookOf(make([]byte, genericHeader-1)); err == nil {
		t.Error("a message that ends early: no error")
	}
}
