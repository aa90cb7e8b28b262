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
far() { nsenter --net=/run/netns/far "$@"; }

# Two cables to another box, where the same program runs without a unit.
ip netns add far
for i in 0 1; do
	ip link add "eth$i" type veth peer name "eth$i" netns far
	ip link set "eth$i" up
done
ip address add 198.51.100.1/24 dev eth0
before=$(ip -o address show dev eth0 scope global)

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

mkdir -m 755 /run/far
printf 'bonds: [{name: bond0, ports: [eth0, eth1], lacpdu_rate: FAST, addresses: [192.0.2.20/24]}]\n' >/run/far/bonds.yaml
nsenter --net=/run/netns/far lacpd run -config /run/far/bonds.yaml -socket /run/far/s -state-dir /run/far 2>/run/far.log &
partner=$!
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

# An upgrade under traffic: no frame is lost, and the partner sees the same bond.
upgrade() {
	local shown pid partner sent
	shown=$(dpkg --install /run/lacpd.deb)
	[[ $shown = *'lacpd handover && systemctl restart lacpd'* ]] || fail "the upgrade does not show how to change to the new version: $shown"
	pid=$(state MainPID)
	partner=$(lacpd status -socket /run/far/s -json | grep -E '"(transitions|since)"')
	ping -q -c 400 -i 0.01 -w 60 192.0.2.20 >/run/ping.log &
	sent=$!
	lacpd handover >/dev/null && systemctl restart lacpd || fail "the upgrade: $(systemctl status lacpd --no-pager)"
	wait "$sent" || true
	[ "$(state MainPID)" != "$pid" ] || fail "lacpd was not restarted"
	grep -q ' 0% packet loss' /run/ping.log || fail "the upgrade loses frames: $(cat /run/ping.log; systemctl status lacpd --no-pager)"
	[ "$(lacpd status -socket /run/far/s -json | grep -E '"(transitions|since)"')" = "$partner" ] || fail "the partner noticed the upgrade"
}
upgrade

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

systemctl reload lacpd || fail "reload fails: $(systemctl status lacpd --no-pager)"
kill -ABRT "$(state MainPID)" # as the watchdog does
await "systemd starts it again" bash -c '[ "$(systemctl show lacpd --property NRestarts,ActiveState | tr "\n" " ")" = "NRestarts=1 ActiveState=active " ]'
await "both links carry data after the restart" bash -c '[ "$(lacpd status | grep -c DISTRIBUTING)" = 2 ]'

systemctl stop lacpd
kill "$partner"
wait "$partner" || fail "the partner ends with $?: $(cat /run/far.log)"
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
echo "newcomer: installed, bonded, a cable pulled, drained, rolled back, upgraded without a loss, reloaded, restarted, stopped, removed: nothing left"
