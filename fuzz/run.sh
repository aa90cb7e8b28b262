#!/usr/bin/env bash
# Runs every fuzz target of the module, or those whose names are given, one after
# the other, for FUZZTIME each (default 60s). With KEEP=1 what was found to reach
# further is kept under testdata/fuzz, for go test to replay: at most 200 inputs a
# target, the shortest first.
#
#   FUZZTIME=30m KEEP=1 fuzz/run.sh FuzzSystem
set -euo pipefail
cd "$(dirname "$0")/.."
time=${FUZZTIME:-60s}
cache=$(go env GOCACHE)/fuzz
module=$(go list -m)
grep -rlE '^func Fuzz' --include='*_test.go' . | sort | while read -r file; do
	dir=$(dirname "$file")
	grep -oE '^func Fuzz[A-Za-z0-9_]+' "$file" | awk '{print $2}' | while read -r target; do
		if [ $# -gt 0 ] && ! printf '%s\n' "$@" | grep -qx "$target"; then
			continue
		fi
		echo "--- $dir $target, $time"
		go test "$dir" -run '^$' -fuzz "^$target\$" -fuzztime "$time" </dev/null
		found=$cache/$module/${dir#./}/$target
		if [ "${KEEP:-}" = 1 ] && [ -d "$found" ]; then
			mkdir -p "$dir/testdata/fuzz/$target"
			find "$found" -type f -printf '%s %p\n' | sort -n | head -200 | cut -d' ' -f2- |
				xargs -r cp -t "$dir/testdata/fuzz/$target"
		fi
	done
done
