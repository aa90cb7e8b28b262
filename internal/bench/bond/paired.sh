#!/usr/bin/env bash
# Compares the CPU time of a frame through a bond with its device to the same bond at an
# earlier commit. Where the linker puts a function changes its time, so each commit is linked
# LAYOUTS times (16), with its functions in random order. In each round a program of each commit
# runs in namespaces of its own. They get frames in turns, TURNS times (20) for SECONDS_MEASURED
# (0.2), since the machine may become slower or faster within a second. Rounds go on until the
# ends of the 95 % interval of the median ratio are within 0.015 (WITHIN) of the median, at most
# ROUNDS times (60). Fails if the upper end of an interval is above LIMIT (1.03). Needs root and
# two processors, as forward.sh does, with nothing else to do.
#   paired.sh 785c6e9
set -euo pipefail
base=${1:?the commit to compare with}
export ROUNDS=${ROUNDS:-60} SECONDS_MEASURED=${SECONDS_MEASURED:-0.2}
limit=${LIMIT:-1.03} within=${WITHIN:-0.015} layouts=${LAYOUTS:-16} turns=${TURNS:-20}
. "$(dirname "$0")/lib.sh"
. "$here/../interval.sh"
yardstick
mkdir "$work/tree"
git -C "$here/../../.." archive "$base" | tar -x -C "$work/tree"
old=$work/tree/internal/bench/bond
[ -d "$old" ] || old=$work/tree/bond/bench # its place in older commits
for ((k = 0; k < layouts; k++)); do
	(cd "$here" && CGO_ENABLED=0 go build -ldflags "-randlayout=$((k + 1))" -o "$work/now$k" .)
	(cd "$old" && CGO_ENABLED=0 go build -ldflags "-randlayout=$((k + 1))" -o "$work/base$k" .)
done

# at now|base changes to the namespaces of this program
at() { a=lag$1a$$ b=lag$1b$$ out=$work/out-$1; }
cleanup_both() { at now; away; at base; cleanup; }
trap cleanup_both EXIT

# pair DIRECTION SIZE measures both programs, in random layouts
pair() {
	local order="base now"
	((r % 2)) && order="now base"
	for which in $order; do
		at $which
		ln -sf "$which$((RANDOM % layouts))" "$work/bench"
		ours taskset -c 1
		[ "$1" = tx ] || drop in_a bond0
	done
	for ((turn = 0; turn < turns; turn++)); do
		if ((turn % 2)); then at now; generate "$@"; at base; else at base; generate "$@"; at now; fi
		generate "$@"
	done
	stop
	now=$(field ns_per_frame "$work/out-now") before=$(field ns_per_frame "$work/out-base")
	echo "$now" >>"$work/now"; echo "$before" >>"$work/before"; ratio "$now" "$before" >>"$work/ratios"
}

failed=
for members in ${MEMBERS:-1 4}; do
	at now; build "$members"; at base; build "$members"
	for dir in ${DIRECTIONS:-tx rx}; do
		for size in ${SIZES:-64 1500}; do
			: >"$work/ratios"; : >"$work/now"; : >"$work/before"
			for ((r = 0; r < rounds; r++)); do
				pair "$dir" "$size"
				read -r count median low high <<<"$(interval "$work/ratios")"
				awk "BEGIN {exit !($high - $median <= $within && $median - $low <= $within)}" && break
			done
			printf '%s, %d members, %4d octets: %5d ns, then %5d ns, ratio %.3f, 95 %% interval %.3f to %.3f, %d rounds\n' \
				"$dir" "$members" "$size" "$(median <"$work/now")" "$(median <"$work/before")" "$median" "$low" "$high" "$count"
			awk "BEGIN {exit !($high > $limit)}" && failed+=" $dir/$members/$size"
		done
	done
done
[ -z "$failed" ] || { echo "above $limit:$failed" >&2; exit 1; }
