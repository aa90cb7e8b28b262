#!/usr/bin/env bash
# Compares the CPU time of a frame from a member to the device, by system calls in C: received in
# batches of 32, as the bond does, and from a TPACKET_V2 ring. They take turns, ROUNDS times;
# prints medians and their ratio.
. "$(dirname "$0")/lib.sh"
yardstick

# once KIND SIZE: prints ns per frame
once() {
	start taskset -c 1 "$work/ref" "$1" bond0 m0
	through rx "$2"
	stop
	field ns_per_frame "$work/out"
}

for size in ${SIZES:-64 1500}; do
	: >"$work/rx"; : >"$work/ring"
	for ((r = 0; r < rounds; r++)); do
		for kind in rx ring; do build 1; once $kind "$size" >>"$work/$kind"; done
	done
	batch=$(median <"$work/rx") one=$(median <"$work/ring")
	printf '%4d octets: in batches %d ns, from a ring %d ns, ratio %.2f\n' "$size" "$batch" "$one" "$(ratio "$one" "$batch")"
done
