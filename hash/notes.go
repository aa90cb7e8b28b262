package hash

import "strconv"

// A Note explains why a field of a frame was not hashed, or why another one was hashed
// in its place. The values are stable.
type Note uint8

const (
	// NoteTruncated: the frame ends inside a header.
	NoteTruncated Note = 1 + iota
	// NoteNotIP: the policy reads no addresses of this EtherType.
	NoteNotIP
	// NoteEtherOnly: only the Ethernet header was hashed.
	NoteEtherOnly
	// NoteFragment: a fragment counts without ports, even the first one, so that all
	// fragments of a datagram stay together.
	NoteFragment
	// NoteExtensionHeader: the ports follow an IPv6 extension header, and the policy
	// does not walk extension headers.
	NoteExtensionHeader
	// NoteNoPorts: the protocol has no ports, SPI or query identifier.
	NoteNoPorts
	// NoteICMPError: the packet that an ICMP error is about was hashed in place
	// of the error.
	NoteICMPError
	// NoteTunnel: the packet in a tunnel was hashed in place of the outer one.
	NoteTunnel
	// NoteNoAddresses: Linux accepts the headers but finds no addresses in them, so all
	// such frames hash alike.
	NoteNoAddresses
	// NoteBadHeader: a header contradicts itself or its EtherType.
	NoteBadHeader
	// NoteTooManyHeaders: the walk over the headers ended at its limit.
	NoteTooManyHeaders
	// NoteInnerTag: a tag after the outer one hides the packet.
	NoteInnerTag
	// NoteInlineTag: the tag lies in the frame and hides the packet.
	NoteInlineTag
	// NoteOneWay: an SPI, label or session was left out, because the other direction
	// has a different one.
	NoteOneWay
)

// noteTexts holds a sentence for each Note.
var noteTexts = [...]string{
	NoteTruncated:       "the frame ends inside a header",
	NoteNotIP:           "this EtherType has no addresses that the policy reads",
	NoteEtherOnly:       "only the Ethernet header counts",
	NoteFragment:        "a fragment: addresses only, so that all fragments of a datagram stay together",
	NoteExtensionHeader: "the policy does not look past IPv6 extension headers: addresses only",
	NoteNoPorts:         "this protocol or message has no ports, SPI or identifier: addresses only",
	NoteICMPError:       "an ICMP error: it goes with the packet it is about",
	NoteTunnel:          "a tunnel: the packet in it counts",
	NoteNoAddresses:     "Linux reads no addresses from this EtherType or protocol",
	NoteBadHeader:       "a header contradicts itself",
	NoteTooManyHeaders:  "too many headers: the rest is ignored",
	NoteInnerTag:        "the policy looks through the outer VLAN tag only, and another one follows",
	NoteInlineTag:       "the VLAN tag lies in the frame, and the policy does not look through it",
	NoteOneWay:          "an SPI, label or session is ignored, because each direction has its own",
}

// String returns a sentence that describes n, without a full stop.
func (n Note) String() string {
	if int(n) >= len(noteTexts) || noteTexts[n] == "" {
		return "Note(" + strconv.Itoa(int(n)) + ")"
	}
	return noteTexts[n]
}
