#!/usr/bin/env bash
# Runs every fuzz target of the module, or those whose names are given, one after
# the other, for FUZZTIME each (default 60s), in PARALLEL processes (default: one
# for each CPU). With KEEP=1 what was found to reach further is kept under
# testdata/fuzz, for go test to replay: what is there stays, and the shortest are
# added, up to 200 inputs a target.
#
#   FUZZTIME=30m PARALLEL=2 KEEP=1 fuzz/run.sh FuzzSystem
set -euo pipefail
cd "$(dirname "$0")/.."
time=${FUZZTIME:-60s}
parallel=${PARALLEL:-$(nproc)}
cache=$(go env GOCACHE)/fuzz
module=$(GOWORK=off go list -m)
most=200
log=$(mktemp)
trap 'rm -f "$log"' EXIT
grep -rlE '^func Fuzz' --include='*_test.go' . | sort | while read -r file; do
	dir=$(dirname "$file")
	grep -oE '^func Fuzz[A-Za-z0-9_]+' "$file" | awk '{print $2}' | while read -r target; do
		if [ $# -gt 0 ] && ! printf '%s\n' "$@" | grep -qx "$target"; then
			continue
		fi
		echo "--- $dir $target, $time"
		# Little time to make an input shorter: by default a minute each is lost to it.
		status=0
		go test "$dir" -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 2s -parallel "$parallel" \
			</dev/null 2>&1 | tee "$log" || status=$?
		# Up to Go 1.26 the end of the time is now and then taken for a failure (go.dev/issue/75804).
		if [ $status -ne 0 ] && { grep -q 'Failing input' "$log" || ! grep -q 'context deadline exceeded' "$log"; }; then
			exit $status
		fi
		found=$cache/$module/${dir#./}/$target
		kept=$dir/testdata/fuzz/$target
		if [ "${KEEP:-}" = 1 ] && [ -d "$found" ]; then
			mkdir -p "$kept"
			room=$((most - $(find "$kept" -type f | wc -l)))
			find "$found" -type f -printf '%s %p\n' | sort -n | cut -d' ' -f2- | while read -r input; do
				[ -e "$kept/${input##*/}" ] || echo "$input"
			done | awk -v room="$room" 'NR <= room' | xargs -r cp -t "$kept"
		fi
	done
done
