package rtnl

import (
	"errors"
	"strings"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// OtherFilters describes the filters of queueing disciplines that other programs have put on an
// interface, such as "u32 filter at ingress", each kind once.
func (r *Conn) OtherFilters(index int32) (list []string, err error) {
	seen := make(map[string]bool)
	for _, hook := range []struct {
		parent uint32
		name   string
	}{{parentIngress, "ingress"}, {parentEgress, "egress"}} {
		msgs, err := r.do(unix.RTM_GETTFILTER, netlink.Dump, tcHeader(index, 0, hook.parent, 0), nil)
		if err != nil && (answered(err) || errors.Is(err, unix.EOPNOTSUPP)) {
			continue // there is no such hook
		}
		if err != nil {
			return nil, err
		}
		for _, m := range msgs {
			handle, _, ours := parseFilter(m.Data)
			kind := filterKind(m.Data)
			if text := kind + " filter at " + hook.name; handle != 0 && kind != "" && !ours && handle != PlaneHandle && !seen[text] {
				seen[text] = true
				list = append(list, text)
			}
		}
	}
	return list, nil
}

// filterKind returns the kind of a message's filter, such as "u32".
func filterKind(data []byte) string {
	if len(data) < tcmsgLen {
		return ""
	}
	ad, err := netlink.NewAttributeDecoder(data[tcmsgLen:])
	if err != nil {
		return ""
	}
	for ad.Next() {
		if ad.Type() == unix.TCA_KIND {
			return strings.TrimRight(ad.String(), "\x00")
		}
	}
	return ""
}
