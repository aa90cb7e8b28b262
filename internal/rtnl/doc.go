// Package rtnl is an rtnetlink client: links, IP addresses, and the ingress filter that
// keeps a member's frames from the host's IP stack.
package rtnl
