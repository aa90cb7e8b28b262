#!/usr/bin/env bash
# Compares the CPU time of a frame from a member to the device, received in batches of 32 and from
# a TPACKET_V2 ring, each by the bond and by system calls in C. They take turns, ROUNDS times;
# prints medians and their ratio, and the same with the CPU time of the sender added, which puts
# the frames into the ring.
. "$(dirname "$0")/lib.sh"
yardstick

# once KIND SIZE: prints ns per frame, and with the sender's time
once() {
	build 1
	case $1 in
	ours) ours taskset -c 1 ;;
	ours-ring) RING=1 ours taskset -c 1 ;;
	*) start taskset -c 1 "$work/ref" "$1" bond0 m0 ;;
	esac
	drop in_a bond0
	in_b taskset -c 0 "$work/ref" gen f0 "$2" "$seconds" >"$work/gen"
	stop
	local own
	own=$(field ns_per_frame "$work/out")
	echo "$own" $((own + $(field ns_per_frame "$work/gen")))
}

# compare BATCHES RING COLUMN: prints the medians of a column and their ratio
compare() {
	local batch ring
	batch=$(cut -d' ' -f"$3" "$work/$1" | median) ring=$(cut -d' ' -f"$3" "$work/$2" | median)
	printf '%d and %d ns, ratio %.2f' "$batch" "$ring" "$(ratio "$ring" "$batch")"
}

for size in ${SIZES:-64 1500}; do
	for kind in rx ring ours ours-ring; do : >"$work/$kind"; done
	for ((r = 0; r < rounds; r++)); do
		for kind in rx ring ours ours-ring; do once $kind "$size" >>"$work/$kind"; done
	done
	printf '%4d octets, in batches and from a ring: C %s (with the sender %s); the bond %s (with the sender %s)\n' "$size" \
		"$(compare rx ring 1)" "$(compare rx ring 2)" "$(compare ours ours-ring 1)" "$(compare ours ours-ring 2)"
done
