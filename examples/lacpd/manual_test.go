package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lagkit/lagkit/examples/lacpd/internal/config"
	"github.com/lagkit/lagkit/examples/lacpd/internal/golden"
)

// The package has files that are made from the table of commands: lacpd(8) and the completions
// of shells.

// TestManualIsThatOfTheTable checks that the generated files match the table.
func TestManualIsThatOfTheTable(t *testing.T) {
	for name, want := range map[string]string{
		"lacpd.8":               manualPage(),
		"completion/lacpd.bash": bashCompletion(),
		"completion/_lacpd":     zshCompletion(),
		"completion/lacpd.fish": fishCompletion(),
	} {
		golden.Check(t, filepath.Join("packaging", name), want, "go test ./examples/lacpd -run Manual -update")
	}
}

// TestManualPagesAreValidRoff checks the pages with the formatter's warnings, and that a page
// comes out whole.
func TestManualPagesAreValidRoff(t *testing.T) {
	if _, err := exec.LookPath("man"); err != nil {
		t.Skip("needs man")
	}
	for name, last := range map[string]string{"lacpd.8": "lacpd.yaml(5)", "lacpd.yaml.5": "lacpd(8)"} {
		cmd := exec.Command("man", "--warnings", "--encoding=UTF-8", "--local-file", filepath.Join("packaging", name))
		cmd.Env = append(os.Environ(), "MANWIDTH=200", "MAN_KEEP_FORMATTING=", "LC_ALL=C.UTF-8") // wide: long words in tables do not fit
		var warnings strings.Builder
		cmd.Stderr = &warnings
		out, err := cmd.Output()
		if err != nil || warnings.Len() > 0 {
			t.Errorf("man %s: %v, warnings:\n%s", name, err, &warnings)
		}
		if !strings.Contains(string(out), last) {
			t.Errorf("man %s does not end with %s:\n%s", name, last, out)
		}
	}
}

// manualPage returns lacpd(8).
func manualPage() string {
	var b strings.Builder
	b.WriteString(`.\" Made from the table of commands.
.TH LACPD 8 "" lagkit "System administration"
.SH NAME
lacpd \- link aggregation (LACP) in user space
.SH SYNOPSIS
`)
	for _, c := range commands() {
		fmt.Fprintf(&b, ".B lacpd %s\n%s\n.br\n", c.name, config.Roff(strings.TrimSpace("[flags] "+c.args)))
	}
	b.WriteString(`.SH DESCRIPTION
.B lacpd run
joins Ethernet interfaces and gives the host one device for each bond.
.BR lacpd.yaml (5)
describes its file.
The other commands check a file or ask the running lacpd.
Flags may stand before or after the arguments.
.SH COMMANDS
`)
	for _, c := range commands() {
		fmt.Fprintf(&b, ".SS lacpd %s\n%s\n", strings.TrimSpace(config.Roff(c.name+" "+c.args)), config.Roff(c.sentences()))
		c.flags().VisitAll(func(f *flag.Flag) {
			value, help := flag.UnquoteUsage(f)
			fmt.Fprintf(&b, ".TP\n.B %s\n%s.\n", strings.TrimSpace(config.Roff("-"+f.Name+" "+value)), config.Roff(strings.ToUpper(help[:1])+strings.Replace(help[1:], "see lacpd help keys", "see lacpd.yaml(5)", 1)+defaultText(f)))
		})
	}
	b.WriteString(`.SH EXIT STATUS
0 success, 1 failure while running, 2 refused configuration or usage.
.BR convert ,
.B diff
and
.B doctor
describe theirs above.
.SH SIGNALS
.TP
.BR SIGTERM ", " SIGINT
Leave the LAGs, restore the interfaces and end.
A second one ends at once.
.TP
.B SIGHUP
Read the file again.
.SH RESTART AND UPGRADE
.B systemctl restart lacpd
leaves the LAGs, restores the interfaces and makes the bonds again: their traffic stops for a moment.
.PP
.B lacpd handover && systemctl restart lacpd
changes to the installed version without that. The bond\(aqs device, its addresses and routes, and what the partners know stay, and frames wait in the kernel's queues meanwhile.
The unit lets systemd keep the descriptors (FileDescriptorStoreMax), also for an upgrade of the package, which does not restart lacpd itself.
If the new version can\(aqt take the bonds, it makes them as after a crash.
.PP
.B systemctl stop lacpd
leaves the LAGs and restores the interfaces, except within 60 seconds of
.BR "lacpd handover" .
.PP
Without a service manager, start the new
.B lacpd run
with \-takeover and the flags of the old one, which then ends.
Under systemd do not: the unit would end with the old process.
.SH SEVERAL BOXES WITH ONE LAG
With the section
.B chassis
of the file (see
.BR lacpd.yaml (5)),
several boxes show a partner one LAG.
One of them carries it; the links of the others are up and wait.
.B lacpd chassis status
shows which one carries it, and what keeps another one from taking over.
.PP
A box that dies is replaced after about twice the time of
.BR hold ,
one that is restarted or upgraded at once:
.B lacpd handover
and
.B run \-takeover
first give each such LAG to another box, as
.B systemctl stop
does. Its bond is then closed and opened again, because a permission can\(aqt outlive the process.
So upgrade one box after the other. If no other box can take a LAG, it is silent until the new process has joined the group.
.PP
A process named lacpd watchdog takes the links of such a bond down if lacpd dies or hangs, so that the partner does not go on sending to this box for 3 or 90 s.
It takes them up again if lacpd goes on. A new start of lacpd does so, too.
.PP
A high\-availability engine that decides itself, such as one that imports a storage pool, uses
.BR "external: true" .
It runs
.PP
.EX
lacpd chassis permit uplink \-hold 2s \-epoch 7
.EE
.PP
at least twice as often as the time of \-hold, on the active box alone, and
.B lacpd chassis stop uplink
before another box may become active. If the active box may be dead, the engine waits for the time of \-hold first, and a sixteenth more, because clocks differ.
The epoch counts its decisions: storage can refuse writes with an older one.
.PP
The unit of the package lets lacpd exchange IP packets with this machine alone. A group needs those of the other boxes and of etcd:
.I /usr/share/doc/lacpd/examples/chassis.conf
shows how.
.SH PRIVILEGES
After its start
.B lacpd run
keeps CAP_NET_ADMIN and CAP_NET_RAW, and CAP_BPF if a bond may have a data plane in the kernel.
Landlock allows it its own files, and those of
.I /etc
if etcd is given by name. A seccomp filter denies the system calls that change the host.
The unit of the package runs it as the user
.BR lagkit .
As this user, the frames of a data plane in the kernel stop while lacpd restarts, because only root can pin programs in
.IR /sys/fs/bpf .
.I /usr/share/doc/lacpd/examples/ebpf.conf
makes the unit run it as root, without more capabilities.
.I /usr/share/doc/lacpd/examples/group.conf
lets the members of the group
.B lagkit
use its commands.
The unit allows IP packets of this machine alone, so
.B \-http\-allow\-remote
also needs IPAddressAllow in a file of
.IR /etc/systemd/system/lacpd.service.d .
.SH INTERFACES AND OTHER PROGRAMS
NetworkManager and systemd\-networkd have to leave the ports alone.
.I /usr/share/doc/lacpd/examples
has files for both.
.SH FILES
.TP
.I /etc/lagkit/bonds.yaml
The bonds of the unit
.BR lacpd.service ,
which does not start without this file.
.TP
.I /usr/share/doc/lacpd/examples/bonds.yaml
A sample with all keys.
.TP
.I /run/lagkit
The socket, and the records that put the interfaces back.
.SH SEE ALSO
.BR lacpd.yaml (5)
`)
	return b.String()
}

// defaultText returns the default of a flag in parentheses, or "".
func defaultText(f *flag.Flag) string {
	switch f.DefValue {
	case "", "false", "0", "0s":
		return ""
	}
	return " (default " + f.DefValue + ")"
}
