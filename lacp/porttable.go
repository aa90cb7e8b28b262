package lacp

// portTable finds ports by number. Every frame needs a lookup. An index of two levels
// takes a fraction of a map's time, and a page without ports costs only a pointer.
type portTable [256]*[256]*port

func (t *portTable) get(n PortNumber) *port {
	if page := t[n>>8]; page != nil {
		return page[n&0xff]
	}
	return nil
}

// set stores p as port n; a nil p removes the port.
func (t *portTable) set(n PortNumber, p *port) {
	page := t[n>>8]
	if page == nil {
		page = new([256]*port)
		t[n>>8] = page
	}
	page[n&0xff] = p
}
