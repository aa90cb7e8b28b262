#!/usr/bin/env bash
# Compares the data planes of a bond with each other, with a bare cable, and with a Linux bridge
# between two cables. They take turns, ROUNDS times, in random order; prints, for each, the median
# of the ratios to another of the same round, with its 95 % interval. Needs root, gcc, iperf3 and
# ethtool.
#   planes.sh          datagrams in frames of 64 octets, then bulk TCP
#   planes.sh udp      one of: udp, members, cpu, tcp, turns
# The speed of TCP changes up to threefold from second to second. So turns has a bond over the plane
# in the kernel, a bridge and a bare cable side by side, and gives each a second in turn.
# Frames go from a host in one namespace to a host in another, which receives them.
. "$(dirname "$0")/lib.sh"
. "$here/../interval.sh"
yardstick
rounds=${ROUNDS:-9}
what=${1:-all}
address=10.7.0.2

# place KIND: the host's device is $device
place() {
	local members=1
	case $1 in *of4) members=4 ;; esac
	KEEP=1 build $members
	[ "$1" != ebpf1of4 ] || list=" m0"
	device=bond0 finished=
	case $1 in
	veth) device=m0 ;;
	bridge)
		bridge
		device=h0 ;;
	user*) PLANE=user ours ;;
	ebpf*) PLANE=ebpf ours ;;
	esac
	[ "$1" != user-plain ] || without_offload
	ip -n "$a" addr add 10.7.0.1/24 dev "$device"
	if [ $members = 1 ]; then
		ip -n "$b" addr add $address/24 dev f0
	else # one host behind all cables
		ip -n "$b" link add far type bridge
		for ((k = 0; k < members; k++)); do
			ip -n "$b" link set "f$k" master far
			# All members send from one address. A bridge that learns would move it, and tell
			# every listener, with each frame that comes by another cable than the last.
			in_b bridge link set dev "f$k" learning off
		done
		ip -n "$b" link set far up address 02:00:00:00:00:02
		ip -n "$b" addr add $address/24 dev far
	fi
	sleep 1.2
	in_a ping -c 1 -W 2 $address >/dev/null || { echo "$1: no answer" >&2; exit 1; }
}

# without_offload takes from the device and the far end what the kernel leaves unfinished
without_offload() {
	in_a ethtool -K bond0 tso off gso off gro off tx off >/dev/null
	in_b ethtool -K f0 tso off gso off gro off tx off >/dev/null
}

listen() {
	ip netns exec "$b" "$@" >"$work/far" 2>&1 &
	server=$!
}
hush() {
	kill -TERM "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true
	server=
}

# udp KIND: datagrams received a second, of a sender on one processor and a reader on the other
udp() {
	place "$1"
	datagrams
	stop
}
datagrams() {
	listen taskset -c 1 "$work/ref" sink
	until grep -q ready "$work/far"; do sleep 0.05; done
	in_a taskset -c 0 "$work/ref" udp $address "$seconds" >"$work/gen"
	sleep 0.2
	hush
	echo $(($(field frames "$work/far") / seconds))
}

# cpu KIND: ns of all processors for a datagram, at a rate that none of them loses
cpu() {
	place "$1"
	drop in_b f0
	in_a taskset -c 0 "$work/ref" udp $address "$seconds" "${RATE:-60000}" >"$work/gen"
	local spent; spent=$(field cpu_ns "$work/gen")
	stop
	case $1 in user* | ebpf*) spent=$((spent + $(field cpu_ns "$work/out"))) ;; esac
	echo $((spent / $(field frames "$work/gen")))
}

# transfer ADDRESS OPTION...: Mb/s of a transfer by TCP
transfer() { in_a iperf3 -J -c "$@" | awk '/"sum_received"/ {on=1} on && /bits_per_second/ {gsub(/[^0-9.e+]/, "", $2); printf "%d\n", $2 / 1e6; exit}'; }

# tcp KIND: Mb/s
tcp() {
	place "$1"
	listen iperf3 -s -1
	sleep 0.3
	transfer $address -O 1 -t "$seconds"
	hush; stop
}

# members has a bond of four, of which three lose their cables in every other turn
members() {
	place ebpf4of4
	local n k
	for ((r = 0; r < rounds; r++)); do
		for n in $(printf "%s\n" 1 4 | shuf); do
			for k in 1 2 3; do ip -n "$b" link set "f$k" "$([ "$n" = 4 ] && echo up || echo down)"; done
			sleep 1.5 # the kernel may take a second to see the carrier
			datagrams >>"$work/members-$n"
		done
	done
	stop
	for n in 1 4; do printf 'members %-10s median %s\n' "$n" "$(median <"$work/members-$n")"; done
}

# turns has all three side by side: the bond of cable m1, the bridge of m0, and the bare m2
turns() {
	KEEP=1 build 3
	bridge
	list=" m1" PLANE=ebpf ours
	local -A devices=([bridge]=h0/f0 [ebpf]=bond0/f1 [veth]=m2/f2) to=()
	local k
	for k in "${!devices[@]}"; do
		to[$k]=10.$((7 + ${#to[@]})).0.2
		ip -n "$a" addr add "${to[$k]%2}1/24" dev "${devices[$k]%/*}"
		ip -n "$b" addr add "${to[$k]}/24" dev "${devices[$k]#*/}"
	done
	sleep 1.2
	listen iperf3 -s
	sleep 0.3
	for ((r = 0; r < rounds; r++)); do
		for k in $(printf "%s\n" "${!to[@]}" | shuf); do
			transfer "${to[$k]}" -O 0.5 -t 1 >>"$work/turns-$k" # TCP finds its speed in half a second
		done
	done
	hush; stop
	for k in "${!to[@]}"; do printf 'turns %-10s median %s\n' "$k" "$(median <"$work/turns-$k")"; done
}

# run MEASURE KIND...
run() {
	local measure=$1 k; shift
	for k in "$@"; do : >"$work/$measure-$k"; done
	for ((r = 0; r < rounds; r++)); do
		for kind in $(printf "%s\n" "$@" | shuf); do $measure "$kind" >>"$work/$measure-$kind"; done
	done
	for k in "$@"; do printf '%s %-10s median %s\n' "$measure" "$k" "$(median <"$work/$measure-$k")"; done
}

# against MEASURE KIND KIND: the median of the rounds' ratios, and its 95 % interval
against() {
	paste "$work/$1-$2" "$work/$1-$3" | awk '{print $1 / $2}' >"$work/ratios"
	local count median low high
	read -r count median low high <<<"$(interval "$work/ratios")"
	printf '%-24s %.3f (%.3f to %.3f), %d rounds\n' "$1: $2 / $3" "$median" "$low" "$high" "$count"
}

if [ "$what" = all ] || [ "$what" = udp ]; then
	run udp veth bridge user ebpf ebpf1of4 ebpf4of4
	against udp ebpf veth; against udp ebpf bridge; against udp ebpf4of4 ebpf1of4; against udp ebpf user; against udp user veth
fi
if [ "$what" = all ] || [ "$what" = cpu ]; then
	run cpu veth bridge user ebpf
	against cpu ebpf user; against cpu ebpf veth; against cpu ebpf bridge
fi
if [ "$what" = all ] || [ "$what" = tcp ]; then
	run tcp veth bridge user user-plain ebpf
	against tcp ebpf veth; against tcp ebpf bridge; against tcp ebpf user; against tcp ebpf user-plain
fi
if [ "$what" = members ]; then
	members
	against members 4 1
fi
if [ "$what" = turns ]; then
	turns
	against turns ebpf veth; against turns ebpf bridge; against turns bridge veth
fi
