#!/usr/bin/env bash
# Bulk TCP through a bond's device, with offload and without, and through a Linux bridge
# in the same place: in turn, ROUNDS times, medians. Root; needs iperf3.
set -euo pipefail
rounds=${ROUNDS:-3} seconds=${SECONDS_MEASURED:-3}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d) a=lagtcp$$a b=lagtcp$$b
cleanup() { [ -z "${server:-}" ] || kill "$server" 2>/dev/null || true; ip netns del "$a" 2>/dev/null || true; ip netns del "$b" 2>/dev/null || true; rm -rf "$work"; }
trap cleanup EXIT
(cd "$here" && CGO_ENABLED=0 go build -o "$work/bench" .)

# flow ADDRESS [-R]: Gb/s
flow() {
	ip netns exec "$a" iperf3 -c 10.7.0.2 -t "$seconds" -J "$@" | awk '/"sum_received"/ {on=1} on && /bits_per_second/ {gsub(/[^0-9.e+]/, "", $2); printf "%.2f\n", $2 / 1e9; exit}'
}

build() {
	ip netns del "$a" 2>/dev/null || true; ip netns del "$b" 2>/dev/null || true
	ip netns add "$a"; ip netns add "$b"
	ip -n "$a" link add m0 type veth peer name f0 netns "$b"
	ip -n "$a" link set m0 up; ip -n "$b" link set f0 up
	ip -n "$b" addr add 10.7.0.2/24 dev f0
	ip netns exec "$b" iperf3 -s -1 >/dev/null 2>&1 &
	server=$!
}

# once KIND DIRECTION
once() {
	local kind=$1 way=() pid=
	[ "$2" = rx ] && way=(-R)
	build
	case $kind in
	ours*)
		off=; [ "$kind" = ours-offload ] && off=-offload
		[ -n "$off" ] || ip netns exec "$b" ethtool -K f0 tso off gso off gro off tx off >/dev/null
		ip netns exec "$a" "$work/bench" -mode LOADBALANCE -members m0 -addr 10.7.0.1/24 -state "$work/s" $off >"$work/out" 2>&1 &
		pid=$!
		until grep -q ready "$work/out"; do kill -0 $pid; sleep 0.05; done ;;
	bridge*)
		ip -n "$a" link add br0 type bridge; ip -n "$a" link set m0 master br0
		# A host behind the bridge, where the bond's device is.
		ip -n "$a" link add h0 type veth peer name h1; ip -n "$a" link set h1 master br0
		ip -n "$a" link set h1 up; ip -n "$a" link set h0 up; ip -n "$a" link set br0 up
		ip -n "$a" addr add 10.7.0.1/24 dev h0
		if [ "$kind" = bridge-nogso ]; then
			for i in h0 h1 m0 br0; do ip netns exec "$a" ethtool -K $i tso off gso off gro off >/dev/null; done
			ip netns exec "$b" ethtool -K f0 tso off gso off gro off >/dev/null
		fi ;;
	esac
	sleep 1.2
	flow "${way[@]}"
	[ -z "$pid" ] || { kill -TERM $pid; wait $pid || true; }
	kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; server=
}

median() { sort -n | awk '{v[NR]=$1} END {print v[int((NR+1)/2)]}'; }
kinds="ours-offload ours-plain bridge bridge-nogso"
for dir in tx rx; do
	for k in $kinds; do : >"$work/$k"; done
	for ((r = 0; r < rounds; r++)); do for k in $kinds; do once $k $dir >>"$work/$k"; done; done
	for k in $kinds; do printf '%s %-13s %6s Gb/s\n' "$dir" "$k" "$(median <"$work/$k")"; done
	o=$(median <"$work/ours-offload")
	for k in ours-plain bridge bridge-nogso; do printf '%s ours-offload / %-13s %.2f\n' "$dir" "$k" "$(echo "$o / $(median <"$work/$k")" | bc -l)"; done
done
