//go:build 386 || amd64

package privilege

import "golang.org/x/sys/unix"

var deniedHere = []uint32{unix.SYS_IOPERM, unix.SYS_IOPL, unix.SYS_MODIFY_LDT, unix.SYS_USELIB}
