// Package lacplayer has LACP and Marker PDUs as layers of gopacket, for programs
// that take captures apart or make frames with it. The codecs are those of
// packages lacp and marker.
//
// [Register] hooks the layers into gopacket's Ethernet decoding:
//
//	lacplayer.Register()
//	p := gopacket.NewPacket(frame, layers.LayerTypeEthernet, gopacket.Default)
//	if l, ok := p.Layer(lacplayer.LayerTypeLACP).(*lacplayer.LACP); ok {
//		fmt.Println(l.PDU.Actor.System)
//	}
//
// With a gopacket.DecodingLayerParser, or to serialize, it is not needed.
package lacplayer
