// Package ethtool reads an interface's carrier, speed, duplex and features with ethtool
// ioctls.
package ethtool
