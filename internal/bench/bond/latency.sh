#!/usr/bin/env bash
# Compares the time of one frame through a bond with its device to a C program that reads and
# writes with one blocking call each. They take turns, ROUNDS times. Sender and observer run
# on one processor, the measured program on the other.
. "$(dirname "$0")/lib.sh"
yardstick
count=${COUNT:-3000}
KEEP=1 build 1

# once KIND DIRECTION: prints the median in ns
once() {
	if [ "$1" = ours ]; then ours taskset -c 1; else start taskset -c 1 "$work/ref" "loop$2" bond0 m0; fi
	if [ "$2" = tx ]; then
		in_a taskset -c 0 "$work/ref" delay bond0 "/run/netns/$b" f0 "$count"
	else
		in_b taskset -c 0 "$work/ref" delay f0 "/run/netns/$a" bond0 "$count"
	fi >"$work/delay"
	stop
	[ "$(field missing "$work/delay")" = 0 ] || cat "$work/delay" >&2
	field p50 "$work/delay"
}

for dir in tx rx; do
	: >"$work/ours"; : >"$work/c"
	for ((r = 0; r < rounds; r++)); do once c "$dir" >>"$work/c"; once ours "$dir" >>"$work/ours"; done
	c=$(median <"$work/c") o=$(median <"$work/ours")
	printf '%s: ours %d ns, C %d ns, ratio %.2f\n' "$dir" "$o" "$c" "$(ratio "$o" "$c")"
done
