# Common code of the scripts here, which source it. It needs root. It makes namespaces and a
# directory and removes them at the end.
set -euo pipefail
rounds=${ROUNDS:-5} seconds=${SECONDS_MEASURED:-3}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d) a=laga$$ b=lagb$$ running= out=$work/out
cleanup() {
	for p in $running ${server:-}; do kill "$p" 2>/dev/null || true; done
	away
	rm -rf "$work"
}
# away removes the two namespaces
away() {
	ip netns del "$a" 2>/dev/null || true
	ip netns del "$b" 2>/dev/null || true
}
trap cleanup EXIT
(cd "$here" && CGO_ENABLED=0 go build -o "$work/bench" .)
# yardstick builds the program in C, which is also the generator
yardstick() { gcc -O2 -o "$work/ref" "$here/ref/ref.c"; }

in_a() { ip netns exec "$a" "$@"; }
in_b() { ip netns exec "$b" "$@"; }

# drop IN INTERFACE drops every frame that arrives there at once
drop() {
	"$1" tc qdisc add dev "$2" clsact
	"$1" tc filter add dev "$2" ingress bpf da bytecode '1,6 0 0 2'
}

# build N makes N cables between the two namespaces: m0 to f0, m1 to f1 and so on. Frames that
# arrive at the far end are dropped, unless KEEP is set
build() {
	away
	ip netns add "$a"; ip netns add "$b"
	for in in in_a in_b; do
		$in sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
		# A bridge must pass frames on without the firewall.
		$in sysctl -qw net.bridge.bridge-nf-call-iptables=0 net.bridge.bridge-nf-call-ip6tables=0 net.bridge.bridge-nf-call-arptables=0 2>/dev/null || true
	done
	list=
	for ((k = 0; k < $1; k++)); do
		ip -n "$a" link add "m$k" type veth peer name "f$k" netns "$b"
		ip -n "$a" link set "m$k" up; ip -n "$b" link set "f$k" up
		[ -n "${KEEP:-}" ] || drop in_b "f$k"
		((k)) || ip -n "$a" link set m0 address 02:00:00:00:00:01 # the generator sends to this address
		list+=" m$k"
	done
}

# start COMMAND... runs it in namespace a until stop, and waits until it prints "ready"
start() {
	ip netns exec "$a" "$@" >"$out" 2>&1 &
	local one=$!
	running+=" $one"
	until grep -q ready "$out"; do kill -0 $one 2>/dev/null || { cat "$out" >&2; exit 1; }; sleep 0.05; done
	sleep 1.2 # the kernel may take a second to see the carrier
	kill -USR1 $one # the measurement starts here
}
# stop ends the commands of start
stop() {
	for p in $running; do kill -TERM "$p" 2>/dev/null || true; wait "$p" 2>/dev/null || true; done
	running=
}
# ours [COMMAND...] starts our bond of the members, over the data plane PLANE if that is set, with COMMAND in
# front. It receives from rings if RING is set
ours() { start "$@" "$work/bench" ${PLANE:+-plane "$PLANE"} -mode LOADBALANCE -members "$(echo $list | tr ' ' ,)" -state "$out.s" -offload ${RING:+-ring}; }

# through DIRECTION SIZE sends frames through the running program: out of the device bond0 (tx)
# or into it (rx), where they are dropped at once
through() {
	[ "$1" = tx ] || drop in_a bond0
	generate "$@"
}

# generate is through, if frames that arrive on bond0 are dropped already
generate() {
	local dir=$1 size=$2 gens=
	if [ "$dir" = tx ]; then
		in_a taskset -c 0 "$work/ref" gen bond0 "$size" "$seconds" >/dev/null
		return
	fi
	for k in $list; do
		in_b taskset -c 0 "$work/ref" gen "f${k#m}" "$size" "$seconds" >/dev/null &
		gens+=" $!"
	done
	wait $gens
}

# bridge makes a bridge br0 of cable m0 and a cable to a host's interface h0, which takes the
# place of a bond's device
bridge() {
	ip -n "$a" link add br0 type bridge
	ip -n "$a" link add h0 type veth peer name h1
	for port in m0 h1; do ip -n "$a" link set "$port" master br0; ip -n "$a" link set "$port" up; done
	ip -n "$a" link set h0 up; ip -n "$a" link set br0 up
}
# without_gso keeps the bridge's frames as short as those on the wire
without_gso() { for i in m0 h0 h1 br0; do in_a ethtool -K $i tso off gso off gro off >/dev/null; done; }

# received IN PREFIX prints how many frames all interfaces with this name prefix have received
received() { "$1" cat /proc/net/dev | awk -v of="$2" 'index($1, of) == 1 {s += $3} END {print s}'; }
field() { sed -n "s/.*\\<$1 \\([0-9]*\\).*/\\1/p" "$2"; }
median() { sort -n | awk '{v[NR]=$1} END {print v[int((NR+1)/2)]}'; }
ratio() { echo "$1/$2" | bc -l; }
