// Package lab tests lacpd against Open vSwitch over real interfaces: virtual
// Ethernet cables between two network namespaces of the test's own. It needs
// Linux, root, and the programs of Open vSwitch and iproute2; elsewhere the tests
// are skipped.
package lab
