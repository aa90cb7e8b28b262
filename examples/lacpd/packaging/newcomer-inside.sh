# Run by newcomer.sh, in the root that it has made: what a newcomer does.
set -euo pipefail
fail() { echo "FAILED: $*" >&2; exit 1; }
state() { systemctl show lacpd --property "$1" --value; }

# await TEXT COMMAND...: waits up to a minute until a command succeeds.
await() {
	local text=$1 try
	shift
	for try in $(seq 600); do
		if "$@" >/dev/null 2>&1; then return; fi
		sleep 0.1
	done
	fail "not within a minute: $text; $(lacpd status 2>&1); $(tail -n 20 /run/far.log)"
}
reason() { lacpd status | grep -E "^ +$1: .*$2"; }

# Two cables to a switch: Open vSwitch, or if there is none another lacpd, without a unit.
ip netns add far
mkdir -m 755 /run/far
for i in 0 1; do
	ip link add "eth$i" type veth peer name "eth$i" netns far
	ip link set "eth$i" up
done
ip address add 198.51.100.1/24 dev eth0
before=$(ip -o address show dev eth0 scope global)

# switch_on starts the switch, with the address 192.0.2.20. view prints how it sees the bond.
if command -v ovs-vswitchd >/dev/null; then
	peer="Open vSwitch"
	export OVS_RUNDIR=/run/far OVS_LOGDIR=/run/far OVS_DBDIR=/run/far
	vsctl() { ovs-vsctl --timeout=10 --db=unix:/run/far/db.sock "$@"; }
	switch_on() {
		far ip link set lo up
		for i in 0 1; do far ip link set "eth$i" arp off up; done
		ovsdb-tool create /run/far/conf.db /usr/share/openvswitch/vswitch.ovsschema
		nsenter --net=/run/netns/far ovsdb-server /run/far/conf.db --remote=punix:/run/far/db.sock --unixctl=/run/far/db.ctl -vconsole:warn 2>>/run/far.log &
		partners=$!
		await "the database of the switch" vsctl --no-wait init
		nsenter --net=/run/netns/far ovs-vswitchd unix:/run/far/db.sock --unixctl=/run/far/vs.ctl -vconsole:warn 2>>/run/far.log &
		partners="$partners $!"
		vsctl add-br far0 -- set bridge far0 datapath_type=netdev -- \
			add-bond far0 lag0 eth0 eth1 bond_mode=balance-tcp lacp=active other_config:lacp-time=fast
		far ip address add 192.0.2.20/24 dev far0
		far ip link set far0 up
	}
	view() { ovs-appctl -t /run/far/vs.ctl lacp/show lag0 | grep -v time; }
else
	peer="another lacpd"
	switch_on() {
		printf 'bonds: [{name: far0, ports: [eth0, eth1], lacpdu_rate: FAST, addresses: [192.0.2.20/24]}]\n' >/run/far/bonds.yaml
		nsenter --net=/run/netns/far lacpd run -config /run/far/bonds.yaml -socket /run/far/s -state-dir /run/far 2>/run/far.log &
		partners=$!
	}
	view() { lacpd status -socket /run/far/s -json | grep -E '"(transitions|since)"'; }
fi
far() { nsenter --net=/run/netns/far "$@"; }

dpkg --install /run/lacpd.deb >/dev/null
lacpd version | grep -q '^lacpd ' || fail "lacpd version prints $(lacpd version)"
systemctl start lacpd
[ "$(state ActiveState),$(state ConditionResult)" = inactive,no ] || fail "without a file the unit is $(state ActiveState)"

lacpd check -config /usr/share/doc/lacpd/examples/bonds.yaml >/dev/null || fail "the sample is refused"
cat >/etc/lagkit/bonds.yaml <<END
bonds:
  - name: bond0
    ports: [eth0, eth1]
    lacpdu_rate: FAST
    addresses: [192.0.2.10/24]
END
systemctl start lacpd || fail "the unit does not start: $(systemctl status lacpd --no-pager)"
[ "$(state ActiveState),$(state StatusText)" = "active,1 bond" ] || fail "the unit is $(state ActiveState), $(state StatusText)"
pid=$(state MainPID)
kept=$(awk '/^Uid|^CapPrm|^CapEff|^NoNewPrivs|^Seccomp:/ { print $2 }' "/proc/$pid/status" | tr '\n' ' ')
[ "$kept" = "$(id -u lagkit) 0000000000003000 0000000000003000 1 2 " ] || fail "lacpd runs with $kept"

switch_on
await "both links carry data" bash -c '[ "$(lacpd status | grep -c DISTRIBUTING)" = 2 ]'
ping -q -c 3 -i 0.2 192.0.2.20 >/dev/null || fail "no answer to ping through bond0"

far ip link set eth1 down
await "the pulled cable is the reason" reason eth1 LinkDown
far ip link set eth1 up
await "both links carry data again" bash -c '[ "$(lacpd status | grep -c DISTRIBUTING)" = 2 ]'

lacpd drain eth0 >/dev/null
await "the drained link carries nothing" bash -c '[ "$(lacpd status | grep -c DISTRIBUTING)" = 1 ]'
lacpd undrain eth0 >/dev/null
await "the link carries data again" bash -c '[ "$(lacpd status | grep -c DISTRIBUTING)" = 2 ]'

sed 's/FAST/SLOW/' /etc/lagkit/bonds.yaml >/run/slow.yaml
lacpd apply /run/slow.yaml -confirm 2s >/dev/null || fail "apply with confirm"
lacpd status | grep -q 'rate SLOW' || fail "apply changes nothing: $(lacpd status)"
await "the change that is not confirmed is undone" bash -c "lacpd status | grep -q 'rate FAST'"
grep -q FAST /etc/lagkit/bonds.yaml || fail "the file has changed: $(cat /etc/lagkit/bonds.yaml)"
lacpd apply /run/slow.yaml -confirm 60s >/dev/null && lacpd confirm >/dev/null || fail "apply and confirm"
cmp /run/slow.yaml /etc/lagkit/bonds.yaml || fail "the confirmed file is not lacpd's"
await "both links carry data at the slow rate" bash -c '[ "$(lacpd status | grep -c DISTRIBUTING)" = 2 ]'

# An upgrade under traffic, with the bond as a port of a bridge: of 10,000 numbered frames each way
# none is lost or there twice, and bridge port, routes and the switch's view stay.
upgrade() {
	local shown pid sent host switch
	shown=$(dpkg --install /run/lacpd.deb)
	[[ $shown = *'lacpd handover && systemctl restart lacpd'* ]] || fail "the upgrade does not show how to change to the new version: $shown"
	pid=$(state MainPID)
	host=$(facts)
	switch=$(view)
	ping -q -c 10000 -i 0.001 -w 120 192.0.2.20 >/run/ping.log &
	sent=$!
	for _ in 1 2 3; do lacpd handover >/dev/null && systemctl restart lacpd || fail "the upgrade: $(systemctl status lacpd --no-pager)"; done
	kill -0 "$sent" || fail "the frames ended before the upgrade"
	wait "$sent" || true
	[ "$(state MainPID)" != "$pid" ] || fail "lacpd was not restarted"
	grep -q '^10000 packets transmitted, 10000 received, 0% packet loss' /run/ping.log || fail "the upgrade loses frames: $(cat /run/ping.log; journalctl --unit lacpd --lines 60 --no-pager --output cat)"
	[ "$(view)" = "$switch" ] || fail "the switch noticed the upgrade: $switch, then $(view)"
	[ "$(facts)" = "$host" ] || fail "the host noticed the upgrade: $host, then $(facts)"
}
# facts prints what the host knows of the bond.
facts() { ip -o link show dev bond0 | sed 's/ qlen.*//'; ip route show; ip -o -4 address show dev br0; }

sed '/addresses/d' /etc/lagkit/bonds.yaml >/run/bridged.yaml
lacpd apply /run/bridged.yaml >/dev/null || fail "apply without addresses"
ip link add br0 type bridge
ip link set bond0 master br0
ip link set br0 up
ip address add 192.0.2.10/24 dev br0
ip route add 203.0.113.0/24 via 192.0.2.20
await "the switch answers over the bridge" ping -q -c 1 -w 2 192.0.2.20
upgrade
ip link delete br0

# networkd gives the bond an address by DHCP, and leaves its ports alone.
networkd() {
	local server
	# Without udev networkd expects a container, whose /sys can't be written to.
	mkdir -p /etc/systemd/network /etc/systemd/system/systemd-networkd.service.d
	printf '[Service]\nReadOnlyPaths=/sys\n' >/etc/systemd/system/systemd-networkd.service.d/sys.conf
	sed 's/eth1 eth2/eth0 eth1/' /usr/share/doc/lacpd/examples/networkd/10-lacpd-ports.network >/etc/systemd/network/10-lacpd-ports.network
	cp /usr/share/doc/lacpd/examples/networkd/20-lacpd-dhcp.network /etc/systemd/network/
	systemctl daemon-reload
	printf '%s\n' "interface far0" "start 192.0.2.100" "end 192.0.2.100" "option subnet 255.255.255.0" "option lease 600" \
		"lease_file /run/far/leases" "pidfile /run/far/udhcpd" >/run/far/udhcpd.conf
	nsenter --net=/run/netns/far busybox udhcpd -f /run/far/udhcpd.conf 2>>/run/far.log &
	server=$!
	systemctl start systemd-networkd || fail "networkd does not start: $(systemctl status systemd-networkd --no-pager)"
	await "networkd gives bond0 its address" leased
	lacpd handover >/dev/null && systemctl restart lacpd || fail "an upgrade beside networkd: $(systemctl status lacpd --no-pager)"
	systemctl reload lacpd
	leased || fail "bond0 has lost the address of networkd: $(ip address show dev bond0)"
	[ -z "$(ip -o -4 address show dev eth0; ip -o -4 address show dev eth1)" ] || fail "networkd gives the ports addresses: $(ip -4 address)"
	await "both links carry data beside networkd" bash -c '[ "$(lacpd status | grep -c DISTRIBUTING)" = 2 ]'
	systemctl stop systemd-networkd systemd-networkd.socket
	kill "$server"
	rm -r /etc/systemd/network/*.network /etc/systemd/system/systemd-networkd.service.d
	systemctl daemon-reload
	ip address flush dev bond0
}
leased() { ip -o -4 address show dev bond0 | grep -q '192.0.2.100/24'; }
if [ -x /lib/systemd/systemd-networkd ] && busybox --list 2>/dev/null | grep -qx udhcpd; then
	networkd
else
	echo "NOT RUN: DHCP by networkd needs systemd-networkd and busybox with udhcpd"
fi
lacpd apply /run/slow.yaml >/dev/null || fail "apply with addresses again"
ping -q -c 3 -i 0.2 192.0.2.20 >/dev/null || fail "no answer to ping through bond0 at the end"

shown=$(lacpd check -config /etc/lagkit/bonds.yaml 2>&1) || fail "check refuses the running file: $shown"
[[ $shown != *warning* ]] || fail "check warns of the running file: $shown"

# As root, for programs in the kernel that stay, and back.
mkdir -p /etc/systemd/system/lacpd.service.d
cp /usr/share/doc/lacpd/examples/ebpf.conf /etc/systemd/system/lacpd.service.d/
systemctl daemon-reload
systemctl restart lacpd || fail "the unit does not start as root: $(systemctl status lacpd --no-pager)"
[ "$(stat -c %U /etc/lagkit "/proc/$(state MainPID)" | tr '\n' ' ')" = "root root " ] || fail "lacpd does not run as root: $(systemctl status lacpd --no-pager)"
dpkg --install /run/lacpd.deb >/dev/null
[ "$(stat -c %U /etc/lagkit)" = root ] || fail "an upgrade takes the folder of a lacpd of root"
rm -r /etc/systemd/system/lacpd.service.d
chown -R lagkit:lagkit /etc/lagkit
systemctl daemon-reload
systemctl restart lacpd || fail "the unit does not start as lagkit again: $(systemctl status lacpd --no-pager)"
await "both links carry data as lagkit again" bash -c '[ "$(lacpd status | grep -c DISTRIBUTING)" = 2 ]'

# A member of its group may use the socket.
mkdir -p /etc/systemd/system/lacpd.service.d
cp /usr/share/doc/lacpd/examples/group.conf /usr/share/doc/lacpd/examples/chassis.conf /etc/systemd/system/lacpd.service.d/
systemctl daemon-reload
systemctl restart lacpd || fail "the unit does not start with a group: $(systemctl status lacpd --no-pager)"
as() { setpriv --reuid=65534 --regid="$1" --clear-groups lacpd status; }
as "$(getent group lagkit | cut -d: -f3)" >/dev/null || fail "a member of the group can't use the socket"
! as 65534 >/dev/null 2>&1 || fail "another user can use the socket"
await "both links carry data again with a group" bash -c '[ "$(lacpd status | grep -c DISTRIBUTING)" = 2 ]'
rm -r /etc/systemd/system/lacpd.service.d
systemctl daemon-reload

systemctl reload lacpd || fail "reload fails: $(systemctl status lacpd --no-pager)"
kill -ABRT "$(state MainPID)" # as the watchdog does
await "systemd starts it again" bash -c '[ "$(systemctl show lacpd --property NRestarts,ActiveState | tr "\n" " ")" = "NRestarts=1 ActiveState=active " ]'
await "both links carry data after the restart" bash -c '[ "$(lacpd status | grep -c DISTRIBUTING)" = 2 ]'

systemctl stop lacpd
# shellcheck disable=SC2086 # one process a word
kill $partners
for process in $partners; do wait "$process" || true; done
[ ! -e /sys/class/net/bond0 ] || fail "bond0 is left"
after=$(ip -o address show dev eth0 scope global)
[ "$after" = "$before" ] || fail "eth0 had $before, now $after"

# left lists the package's files that are there, apart from dpkg's lists.
left() { find /run/upper /run/lagkit -not -type c 2>/dev/null | grep -E 'lacpd|lagkit' | grep -v '/var/lib/dpkg/info/\|/var/log/' | sort | tr '\n' ' ' || true; }
systemctl start lacpd
dpkg --remove lacpd >/dev/null
[ "$(state ActiveState)" = inactive ] || fail "lacpd runs after the package was removed"
[ ! -e /sys/class/net/bond0 ] || fail "bond0 is left after the package was removed"
found=$(left | tr ' ' '\n' | grep -v '/run/upper/etc/lagkit\|deb-systemd-helper\|/run/upper/etc/systemd/system/' | tr '\n' ' ' || true)
[ -z "${found// /}" ] || fail "the removed package leaves $found"
dpkg --purge lacpd >/dev/null
found=$(left)
[ -z "${found// /}" ] || fail "the purged package leaves $found"
echo "newcomer, with $peer: installed, bonded, a cable pulled, drained, rolled back, upgraded three times under 10,000 frames each way without a loss, DHCP by networkd, reloaded, restarted, stopped, removed: nothing left"
