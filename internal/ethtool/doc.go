// Package ethtool reads an interface's carrier, speed, duplex and features by the
// ethtool ioctls.
package ethtool
