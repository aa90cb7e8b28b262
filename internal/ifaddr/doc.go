// Package ifaddr sets IP addresses and routes of an interface and leaves alone those that other programs have
// set. As far as the kernel allows, it adds the new addresses before it removes the old ones.
package ifaddr
