// Package ifaddr sets the IP addresses of an interface on which other programs set theirs too. As
// far as the kernel allows, the interface is never without an address of a network that it
// keeps.
package ifaddr
