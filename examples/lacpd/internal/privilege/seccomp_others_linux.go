//go:build !386 && !amd64

package privilege

var deniedHere []uint32
