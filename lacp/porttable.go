package lacp

// portTable finds ports by number. A port number is looked up with each frame:
// two steps of an index take a fraction of a map's time, and a page that no port
// is on costs a pointer.
type portTable [256]*[256]*port

func (t *portTable) get(n PortNumber) *port {
	if page := t[n>>8]; page != nil {
		return page[n&0xff]
	}
	return nil
}

// set stores p, nil to remove the port.
func (t *portTable) set(n PortNumber, p *port) {
	page := t[n>>8]
	if page == nil {
		page = new([256]*port)
		t[n>>8] = page
	}
	page[n&0xff] = p
}
