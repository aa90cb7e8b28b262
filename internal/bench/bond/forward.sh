#!/usr/bin/env bash
# Compares the CPU time of a frame through a bond with its device to the same system calls in
# C without a hash. They take turns, ROUNDS times; prints medians and their ratio. The
# generator runs on one processor and the measured program on the other, so that neither finds
# the frames in its cache.
. "$(dirname "$0")/lib.sh"
yardstick

# once KIND DIRECTION SIZE: prints ns per frame
once() {
	local kind=$1 dir=$2 size=$3
	if [ "$kind" = ours ]; then ours taskset -c 1; else start taskset -c 1 "$work/ref" "$dir" bond0 $list; fi
	through "$dir" "$size"
	stop
	field ns_per_frame "$work/out"
}

for members in ${MEMBERS:-1 4}; do
	build "$members"
	for dir in ${DIRECTIONS:-tx rx}; do
		for size in ${SIZES:-64 1500}; do
			: >"$work/ours"; : >"$work/c"
			for ((r = 0; r < rounds; r++)); do once c "$dir" "$size" >>"$work/c"; once ours "$dir" "$size" >>"$work/ours"; done
			c=$(median <"$work/c") o=$(median <"$work/ours")
			printf '%s, %d members, %4d octets: ours %5d ns, C %5d ns, ratio %.2f\n' "$dir" "$members" "$size" "$o" "$c" "$(ratio "$o" "$c")"
		done
	done
done
