// Package lacplayer provides LACP and Marker PDUs as gopacket layers, for programs
// that use gopacket to analyze captures or to build frames. The codecs are those of
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
// Register is not needed with a gopacket.DecodingLayerParser or for serialization.
package lacplayer
