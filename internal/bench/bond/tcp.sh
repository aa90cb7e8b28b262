#!/usr/bin/env bash
# Measures bulk TCP through a bond's device, with and without offload, and through a Linux
# bridge in the same place. They take turns, ROUNDS times; prints medians. Needs root and
# iperf3.
. "$(dirname "$0")/lib.sh"
rounds=${ROUNDS:-3}

# flow ADDRESS [-R]: Gb/s
flow() {
	ip netns exec "$a" iperf3 -c 10.7.0.2 -t "$seconds" -J "$@" | awk '/"sum_received"/ {on=1} on && /bits_per_second/ {gsub(/[^0-9.e+]/, "", $2); printf "%.2f\n", $2 / 1e9; exit}'
}

place() {
	KEEP=1 build 1
	ip -n "$b" addr add 10.7.0.2/24 dev f0
	ip netns exec "$b" iperf3 -s -1 >/dev/null 2>&1 &
	server=$!
}

# once KIND DIRECTION
once() {
	local kind=$1 way=()
	[ "$2" = rx ] && way=(-R)
	place
	case $kind in
	ours*)
		off=; [ "$kind" = ours-offload ] && off=-offload
		[ -n "$off" ] || ip netns exec "$b" ethtool -K f0 tso off gso off gro off tx off >/dev/null
		start "$work/bench" -mode LOADBALANCE -members m0 -addr 10.7.0.1/24 -state "$work/s" $off ;;
	bridge*)
		bridge
		ip -n "$a" addr add 10.7.0.1/24 dev h0
		if [ "$kind" = bridge-nogso ]; then
			without_gso
			ip netns exec "$b" ethtool -K f0 tso off gso off gro off >/dev/null
		fi
		sleep 1.2 ;;
	esac
	flow "${way[@]}"
	stop
	kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true
}

kinds="ours-offload ours-plain bridge bridge-nogso"
for dir in tx rx; do
	for k in $kinds; do : >"$work/$k"; done
	for ((r = 0; r < rounds; r++)); do for k in $kinds; do once $k $dir >>"$work/$k"; done; done
	for k in $kinds; do printf '%s %-13s %6s Gb/s\n' "$dir" "$k" "$(median <"$work/$k")"; done
	o=$(median <"$work/ours-offload")
	for k in ours-plain bridge bridge-nogso; do printf '%s ours-offload / %-13s %.2f\n' "$dir" "$k" "$(ratio "$o" "$(median <"$work/$k")")"; done
done
